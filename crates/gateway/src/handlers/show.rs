//! `GET /api/activities/{uuid}`: one activity with its replies.

use activities_api::Activity;
use actix_web::web::{Data, Json};

use crate::auth::Visitor;
use crate::backends::Backends;
use crate::error::Error;
use crate::input::ActivityInPath;

/// One activity with its replies.
#[utoipa::path(
    get,
    path = "/api/activities/{uuid}",
    tag = "activities",
    operation_id = "show",
    params(("uuid" = uuid::Uuid, Path, description = "Which activity")),
    responses(
        (status = 200, description = "The activity", body = Activity),
        (status = 404, description = "`activity_not_found`", body = problem::Problem),
    )
)]
pub(crate) async fn handle(
    _: Visitor,
    ActivityInPath(uuid): ActivityInPath,
    backends: Data<Backends>,
) -> Result<Json<Activity>, Error> {
    let activity = backends.activities.activity(uuid).await.map_err(Error::Activities)?;
    Ok(Json(activity))
}
