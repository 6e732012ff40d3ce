//! `GET /users/{handle}`: one user.

use actix_web::web::{Data, Json, Path};
use users_api::{Handle, User};

use crate::error::Error;
use crate::store::Store;

pub(crate) async fn handle(path: Path<String>, store: Data<Store>) -> Result<Json<User>, Error> {
    let handle = Handle::parse(&path)?;
    let user = store.by_handle(&handle).await?.ok_or(Error::NotFound(handle))?;
    Ok(Json(user))
}
