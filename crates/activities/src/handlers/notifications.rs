//! `GET /notifications/{handle}`: what happened to a user.

use activities_api::{Notifications, Paging};
use actix_web::web::{Data, Json, Path, Query};
use service::clock;

use crate::authors::Authors;
use crate::error::Error;
use crate::input;
use crate::paging::{Place, Window};
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    paging: Query<Paging>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Notifications>, Error> {
    let handle = input::handle(&path)?;
    let window = Window::parse(&paging).map_err(Error::Invalid)?;
    let mut slice = store.notifications(&handle, clock::now(), &window).await?;
    let names = authors.names(slice.items.iter().map(|notification| &notification.from_handle)).await;
    for notification in &mut slice.items {
        notification.from_display_name = names.of(&notification.from_handle);
    }
    Ok(Json(Notifications {
        notifications: slice.items,
        next_cursor: slice.next.map(Place::encode),
        partial: names.partial,
    }))
}
