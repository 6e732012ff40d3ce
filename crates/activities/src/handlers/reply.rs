//! `POST /activities/{uuid}/reply`: replies to an activity.

use activities_api::NewReply;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use service::response;

use crate::authors::Authors;
use crate::error::Error;
use crate::input::ValidReply;
use crate::store::{Inserted, Store};

pub(crate) async fn handle(
    request: HttpRequest,
    path: Path<String>,
    new: Json<NewReply>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<HttpResponse, Error> {
    let key = response::idempotency_key(&request)?;
    let new = ValidReply::parse(&path, &new)?;
    let (inserted, names) = tokio::join!(store.reply(&new, key), authors.names([&new.handle]));
    match inserted?.ok_or(Error::NotFound(new.activity))? {
        Inserted::Created(mut reply) | Inserted::Replayed(mut reply) => {
            reply.display_name = names.get(&reply.handle);
            Ok(HttpResponse::Created().json(reply))
        }
        Inserted::KeyReused => Err(Error::KeyReused),
    }
}
