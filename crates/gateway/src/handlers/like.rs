//! `POST /api/activities/{uuid}/like`: likes an activity as the caller.

use activities_api::Likes;
use actix_web::web::{Data, Json};

use crate::backends::Backends;
use crate::caller::Caller;
use crate::error::Error;
use crate::input::ActivityUuidParam;

/// Likes an activity as the caller. Liking it twice changes nothing.
#[utoipa::path(
    post,
    path = "/api/activities/{uuid}/like",
    tag = "activities",
    operation_id = "like",
    params(("uuid" = uuid::Uuid, Path, description = "The activity")),
    responses(
        (status = 200, description = "The number of likes", body = Likes),
        (status = 404, description = "`activity_not_found`", body = problem::Problem),
    ),
    security(("token" = []), ())
)]
pub(crate) async fn handle(
    Caller(handle): Caller,
    ActivityUuidParam(uuid): ActivityUuidParam,
    backends: Data<Backends>,
) -> Result<Json<Likes>, Error> {
    let likes = backends.activities.like(uuid, &handle).await.map_err(Error::Activities)?;
    Ok(Json(likes))
}
