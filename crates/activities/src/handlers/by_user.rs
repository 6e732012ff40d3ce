//! `GET /activities/by/{handle}`: the newest activities of one user.

use activities_api::{Page, Paging};
use actix_web::web::{Data, Json, Path, Query};
use service::clock;
use users_api::Handle;

use crate::authors::Authors;
use crate::error::Error;
use crate::paging::PageRequest;
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    paging: Query<Paging>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Page>, Error> {
    let handle = Handle::parse(&path)?;
    let request = PageRequest::parse(&paging)?;
    let page = store.by_user(&handle, clock::now(), &request).await?;
    Ok(Json(authors.page(page).await))
}
