//! `GET /api/activities/{uuid}`: one activity with a page of its replies.

use activities_api::{Activity, RepliesPaging};
use actix_web::web::{Data, Json, Query};

use crate::backends::Backends;
use crate::caller::OptionalCaller;
use crate::error::Error;
use crate::input::ActivityUuidParam;

/// Gets one activity with its newest replies, or with those before a cursor.
#[utoipa::path(
    get,
    path = "/api/activities/{uuid}",
    tag = "activities",
    operation_id = "show",
    params(("uuid" = uuid::Uuid, Path, description = "The activity"), RepliesPaging),
    responses(
        (status = 200, description = "The activity", body = Activity),
        (status = 404, description = "`activity_not_found`", body = problem::Problem),
    ),
    security((), ("token" = []))
)]
pub(crate) async fn handle(
    _: OptionalCaller,
    ActivityUuidParam(uuid): ActivityUuidParam,
    replies: Query<RepliesPaging>,
    backends: Data<Backends>,
) -> Result<Json<Activity>, Error> {
    let activity = backends.activities.activity(uuid, &replies).await.map_err(Error::Activities)?;
    Ok(Json(activity))
}
