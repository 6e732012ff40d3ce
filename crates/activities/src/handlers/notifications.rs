//! `GET /notifications/{handle}`: the newest notifications of a user.

use activities_api::{Notifications, Paging};
use actix_web::web::{Data, Json, Path, Query};
use service::clock;
use users_api::Handle;

use crate::authors::Authors;
use crate::error::Error;
use crate::paging::{Cursor, PageItems, PageRequest};
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    paging: Query<Paging>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Notifications>, Error> {
    let handle = Handle::parse(&path)?;
    let request = PageRequest::parse(&paging)?;
    let PageItems { items: mut notifications, next } =
        store.notifications(&handle, clock::now(), &request).await?;
    let names = authors.names(notifications.iter().map(|notification| &notification.from_handle)).await;
    for notification in &mut notifications {
        notification.from_display_name = names.get(&notification.from_handle);
    }
    Ok(Json(Notifications { notifications, next_cursor: next.map(Cursor::encode), partial: names.partial }))
}
