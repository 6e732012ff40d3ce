//! `POST /users`: a new user.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use service::response;
use users_api::NewUser;

use crate::error::Error;
use crate::profile::Profile;
use crate::store::{Inserted, Store};

pub(crate) async fn handle(
    request: HttpRequest,
    new: Json<NewUser>,
    store: Data<Store>,
) -> Result<HttpResponse, Error> {
    let key = response::idempotency_key(&request).map_err(|violation| Error::Invalid(vec![violation]))?;
    let profile = Profile::parse(&new).map_err(Error::Invalid)?;
    match store.insert(&profile, key).await? {
        Inserted::New(user) | Inserted::Before(user) => Ok(HttpResponse::Created().json(user)),
        Inserted::HandleTaken => Err(Error::HandleTaken(profile.handle)),
        Inserted::KeyReused => Err(Error::KeyReused),
    }
}
