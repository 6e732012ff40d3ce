//! `POST /api/activities/{uuid}/reply`: replies to an activity as the caller.

use activities_api::{NewReply, Reply};
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};

use crate::backends::Backends;
use crate::caller::Caller;
use crate::error::Error;
use crate::idempotency_key::IdempotencyKey;
use crate::input::ActivityUuidParam;
use crate::types::PostReply;

/// Replies to an activity as the caller. Sending it again with the same key adds no second reply.
#[utoipa::path(
    post,
    path = "/api/activities/{uuid}/reply",
    tag = "activities",
    operation_id = "reply",
    params(
        ("uuid" = uuid::Uuid, Path, description = "The activity to reply to"),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$"),
    ),
    request_body = PostReply,
    responses(
        (
            status = 201,
            description = "The reply",
            body = Reply,
            headers(("Idempotency-Key" = String, description = "The key of the request, or a new one")),
        ),
        (status = 404, description = "`activity_not_found`", body = problem::Problem),
    ),
    security(("token" = []), ())
)]
pub(crate) async fn handle(
    Caller(handle): Caller,
    ActivityUuidParam(uuid): ActivityUuidParam,
    key: IdempotencyKey,
    new: Json<PostReply>,
    backends: Data<Backends>,
) -> Result<HttpResponse, Error> {
    let new = NewReply { handle: handle.to_string(), message: new.into_inner().message };
    match backends.activities.reply(uuid, &new, Some(key.as_str())).await {
        Ok(reply) => {
            let mut response = HttpResponse::Created().json(reply);
            key.add_to(&mut response);
            Ok(response)
        }
        Err(source) => Err(Error::Post { key, source }),
    }
}
