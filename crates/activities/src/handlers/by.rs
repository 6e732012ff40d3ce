//! `GET /activities/by/{handle}`: the newest activities of one user.

use activities_api::{Page, Paging};
use actix_web::web::{Data, Json, Path, Query};
use service::clock;

use crate::authors::Authors;
use crate::error::Error;
use crate::input;
use crate::paging::Window;
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    paging: Query<Paging>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Page>, Error> {
    let handle = input::handle(&path)?;
    let window = Window::parse(&paging).map_err(Error::Invalid)?;
    let slice = store.by(&handle, clock::now(), &window).await?;
    Ok(Json(authors.page(slice).await))
}
