//! `GET /openapi.json`: everything that the gateway can be asked.

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;

use crate::openapi::document;

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "gateway",
    operation_id = "openapi",
    responses((status = 200, description = "An OpenAPI document", body = serde_json::Value))
)]
pub(crate) async fn handle() -> HttpResponse {
    HttpResponse::Ok().insert_header(ContentType::json()).body(document())
}
