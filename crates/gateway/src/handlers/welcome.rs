//! `GET /`: entry points of the API.

use actix_web::web::Json;

use crate::types::Welcome;

/// Lists the entry points of the API.
#[utoipa::path(
    get,
    path = "/",
    tag = "gateway",
    operation_id = "welcome",
    responses((status = 200, description = "Entry points", body = Welcome))
)]
pub(crate) async fn handle() -> Json<Welcome> {
    Json(Welcome {
        name: "Cruddur",
        version: env!("CARGO_PKG_VERSION"),
        home: "/api/activities/home",
        openapi: "/openapi.json",
        trace: "every response names its trace in the header traceresponse: 00-{trace id}-{span id}-{flags}",
    })
}
