//! `GET /api/activities/{uuid}`: one activity with its replies.

use activities_api::Activity;
use actix_web::web::{Data, Json};

use crate::backends::Backends;
use crate::caller::OptionalCaller;
use crate::error::Error;
use crate::input::ActivityUuidParam;

/// Gets one activity with its replies.
#[utoipa::path(
    get,
    path = "/api/activities/{uuid}",
    tag = "activities",
    operation_id = "show",
    params(("uuid" = uuid::Uuid, Path, description = "The activity")),
    responses(
        (status = 200, description = "The activity", body = Activity),
        (status = 404, description = "`activity_not_found`", body = problem::Problem),
    )
)]
pub(crate) async fn handle(
    _: OptionalCaller,
    ActivityUuidParam(uuid): ActivityUuidParam,
    backends: Data<Backends>,
) -> Result<Json<Activity>, Error> {
    let activity = backends.activities.activity(uuid).await.map_err(Error::Activities)?;
    Ok(Json(activity))
}
