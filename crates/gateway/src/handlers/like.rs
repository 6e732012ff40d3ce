//! `POST /api/activities/{uuid}/like`: the caller likes an activity.

use activities_api::Likes;
use actix_web::web::{Data, Json};

use crate::auth::Caller;
use crate::backends::Backends;
use crate::error::Error;
use crate::input::ActivityInPath;

/// Likes an activity in the caller's name; liking it twice changes nothing.
#[utoipa::path(
    post,
    path = "/api/activities/{uuid}/like",
    tag = "activities",
    operation_id = "like",
    params(("uuid" = uuid::Uuid, Path, description = "Which activity")),
    responses(
        (status = 200, description = "How many like it", body = Likes),
        (status = 404, description = "`activity_not_found`", body = problem::Problem),
    ),
    security(("token" = []), ())
)]
pub(crate) async fn handle(
    Caller(handle): Caller,
    ActivityInPath(uuid): ActivityInPath,
    backends: Data<Backends>,
) -> Result<Json<Likes>, Error> {
    let likes = backends.activities.like(uuid, &handle).await.map_err(Error::Activities)?;
    Ok(Json(likes))
}
