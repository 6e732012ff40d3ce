//! `PATCH /users/{handle}`: changes a user's display name or bio.

use actix_web::web::{Data, Json, Path};
use users_api::{Handle, User, UserChange};

use crate::error::Error;
use crate::input::ValidUserChange;
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    change: Json<UserChange>,
    store: Data<Store>,
) -> Result<Json<User>, Error> {
    let handle = Handle::parse(&path)?;
    let change = ValidUserChange::parse(&change)?;
    let user = store.update(&handle, &change).await?.ok_or(Error::NotFound(handle))?;
    Ok(Json(user))
}
