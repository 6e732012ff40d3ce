//! `POST /activities`: posts an activity.

use activities_api::NewActivity;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use service::response;

use crate::authors::Authors;
use crate::error::Error;
use crate::input::ValidActivity;
use crate::store::{Inserted, Store};

pub(crate) async fn handle(
    request: HttpRequest,
    new: Json<NewActivity>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<HttpResponse, Error> {
    let key = response::idempotency_key(&request)?;
    let new = ValidActivity::parse(&new)?;
    let (inserted, names) = tokio::join!(store.post(&new, key), authors.names([&new.handle]));
    match inserted? {
        Inserted::Created(mut activity) | Inserted::Replayed(mut activity) => {
            activity.display_name = names.get(&activity.handle);
            Ok(HttpResponse::Created().json(activity))
        }
        Inserted::KeyReused => Err(Error::KeyReused),
    }
}
