//! `GET /api/activities/notifications`: the caller's notifications.

use activities_api::{Notifications, Paging};
use actix_web::web::{Data, Json, Query};

use crate::backends::Backends;
use crate::caller::Caller;
use crate::error::Error;

/// Lists the caller's notifications, newest first.
#[utoipa::path(
    get,
    path = "/api/activities/notifications",
    tag = "activities",
    operation_id = "notifications",
    params(Paging),
    responses((status = 200, description = "A page of notifications", body = Notifications)),
    security(("token" = []), ())
)]
pub(crate) async fn handle(
    Caller(handle): Caller,
    paging: Query<Paging>,
    backends: Data<Backends>,
) -> Result<Json<Notifications>, Error> {
    let notifications =
        backends.activities.notifications(&handle, &paging).await.map_err(Error::Activities)?;
    Ok(Json(notifications))
}
