//! `GET /activities/by/{handle}/count`: how many activities a user has.

use activities_api::Count;
use actix_web::web::{Data, Json, Path};
use service::clock;

use crate::error::Error;
use crate::input;
use crate::store::Store;

pub(crate) async fn handle(path: Path<String>, store: Data<Store>) -> Result<Json<Count>, Error> {
    let handle = input::handle(&path)?;
    Ok(Json(Count { count: store.count(&handle, clock::now()).await? }))
}
