//! `GET /activities/by/{handle}/count`: the number of a user's activities.

use activities_api::Count;
use actix_web::web::{Data, Json, Path};
use service::clock;
use users_api::Handle;

use crate::error::Error;
use crate::store::Store;

pub(crate) async fn handle(path: Path<String>, store: Data<Store>) -> Result<Json<Count>, Error> {
    let handle = Handle::parse(&path)?;
    Ok(Json(Count { count: store.count(&handle, clock::now()).await? }))
}
