//! `POST /activities/{uuid}/reply`: an answer to an activity.

use activities_api::NewReply;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use service::response;

use crate::authors::Authors;
use crate::error::Error;
use crate::input::Answer;
use crate::store::{Kept, Store};

pub(crate) async fn handle(
    request: HttpRequest,
    path: Path<String>,
    new: Json<NewReply>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<HttpResponse, Error> {
    let key = response::idempotency_key(&request)?;
    let answer = Answer::parse(&path, &new).map_err(Error::Invalid)?;
    let (kept, names) = tokio::join!(store.reply(&answer, key), authors.names([&answer.handle]));
    match kept?.ok_or(Error::NotFound(answer.to))? {
        Kept::New(mut reply) | Kept::Before(mut reply) => {
            reply.display_name = names.of(&reply.handle);
            Ok(HttpResponse::Created().json(reply))
        }
        Kept::KeyReused => Err(Error::KeyReused),
    }
}
