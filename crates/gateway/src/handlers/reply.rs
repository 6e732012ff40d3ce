//! `POST /api/activities/{uuid}/reply`: replies to an activity as the caller.

use activities_api::{NewReply, Reply};
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};

use crate::backends::Backends;
use crate::caller::Caller;
use crate::error::Error;
use crate::input::{ActivityUuidParam, IdempotencyKey};
use crate::types::PostReply;

/// Replies to an activity as the caller. Sending it again with the same key adds no second reply.
#[utoipa::path(
    post,
    path = "/api/activities/{uuid}/reply",
    tag = "activities",
    operation_id = "reply",
    params(
        ("uuid" = uuid::Uuid, Path, description = "The activity to reply to"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters"),
    ),
    request_body = PostReply,
    responses(
        (status = 201, description = "The reply", body = Reply),
        (status = 404, description = "`activity_not_found`", body = problem::Problem),
    ),
    security(("token" = []), ())
)]
pub(crate) async fn handle(
    Caller(handle): Caller,
    ActivityUuidParam(uuid): ActivityUuidParam,
    IdempotencyKey(key): IdempotencyKey,
    new: Json<PostReply>,
    backends: Data<Backends>,
) -> Result<HttpResponse, Error> {
    let new = NewReply { handle: handle.to_string(), message: new.into_inner().message };
    let reply = backends.activities.reply(uuid, &new, Some(&key)).await.map_err(Error::Activities)?;
    Ok(HttpResponse::Created().json(reply))
}
