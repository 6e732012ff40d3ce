//! `PATCH /users/{handle}`: another display name or bio.

use actix_web::web::{Data, Json, Path};
use users_api::{User, UserChange};

use crate::error::Error;
use crate::profile::{self, Change};
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    change: Json<UserChange>,
    store: Data<Store>,
) -> Result<Json<User>, Error> {
    let handle = profile::handle(&path).map_err(|violation| Error::Invalid(vec![violation]))?;
    let change = Change::parse(&change).map_err(Error::Invalid)?;
    let user = store.update(&handle, &change).await?.ok_or(Error::NotFound(handle))?;
    Ok(Json(user))
}
