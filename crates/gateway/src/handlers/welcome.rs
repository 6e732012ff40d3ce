//! `GET /`: where to go from here.

use actix_web::web::Json;

use crate::PART;
use crate::views::Welcome;

/// Says where to go from here.
#[utoipa::path(
    get,
    path = "/",
    tag = "gateway",
    operation_id = "welcome",
    responses((status = 200, description = "Where to go", body = Welcome))
)]
pub(crate) async fn handle() -> Json<Welcome> {
    Json(Welcome {
        name: "Cruddur",
        version: PART.version,
        home: "/api/activities/home",
        openapi: "/openapi.json",
        trace: "every answer names its trace in the header traceresponse: 00-{trace id}-{span id}-{flags}",
    })
}
