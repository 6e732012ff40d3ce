//! `POST /users`: adds a user.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use service::response;
use users_api::NewUser;

use crate::error::Error;
use crate::input::ValidUser;
use crate::store::{Inserted, Store};

pub(crate) async fn handle(
    request: HttpRequest,
    new: Json<NewUser>,
    store: Data<Store>,
) -> Result<HttpResponse, Error> {
    let key = response::idempotency_key(&request)?;
    let user = ValidUser::parse(&new)?;
    match store.insert(&user, key).await? {
        Inserted::Created(user) | Inserted::Replayed(user) => Ok(HttpResponse::Created().json(user)),
        Inserted::HandleTaken => Err(Error::HandleTaken(user.handle)),
        Inserted::KeyReused => Err(Error::KeyReused),
    }
}
