//! `POST /api/activities/{uuid}/reply`: an answer to an activity.

use activities_api::{NewReply, Reply};
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};

use crate::auth::Caller;
use crate::backends::Backends;
use crate::error::Error;
use crate::input::{ActivityInPath, Key};
use crate::views::PostReply;

/// Replies in the caller's name; the same again under the same key makes no second reply.
#[utoipa::path(
    post,
    path = "/api/activities/{uuid}/reply",
    tag = "activities",
    operation_id = "reply",
    params(
        ("uuid" = uuid::Uuid, Path, description = "To which activity"),
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
    ActivityInPath(uuid): ActivityInPath,
    Key(key): Key,
    new: Json<PostReply>,
    backends: Data<Backends>,
) -> Result<HttpResponse, Error> {
    let new = NewReply { handle: handle.to_string(), message: new.into_inner().message };
    let reply = backends.activities.reply(uuid, &new, Some(&key)).await.map_err(Error::Activities)?;
    Ok(HttpResponse::Created().json(reply))
}
