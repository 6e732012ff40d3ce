//! `POST /api/activities`: posts an activity as the caller.

use activities_api::{Activity, NewActivity};
use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Json};

use crate::backends::Backends;
use crate::caller::Caller;
use crate::error::Error;
use crate::idempotency_key::IdempotencyKey;
use crate::types::PostActivity;

/// Posts an activity as the caller. Sending it again with the same key posts no second one.
#[utoipa::path(
    post,
    path = "/api/activities",
    tag = "activities",
    operation_id = "post",
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,255}$")),
    request_body = PostActivity,
    responses((
        status = 201,
        description = "The activity",
        body = Activity,
        headers(("Idempotency-Key" = String, description = "The key of the request, or a new one")),
    )),
    security(("token" = []), ())
)]
pub(crate) async fn handle(
    Caller(handle): Caller,
    key: IdempotencyKey,
    new: Json<PostActivity>,
    backends: Data<Backends>,
) -> Result<HttpResponse, Error> {
    let PostActivity { message, ttl } = new.into_inner();
    let new = NewActivity { handle: handle.to_string(), message, ttl };
    match backends.activities.post(&new, Some(key.as_str())).await {
        Ok(activity) => {
            let location = format!("/api/activities/{}", activity.uuid);
            let mut response = HttpResponse::Created().insert_header((LOCATION, location)).json(activity);
            key.add_to(&mut response);
            Ok(response)
        }
        Err(source) => Err(Error::Post { key, source }),
    }
}
