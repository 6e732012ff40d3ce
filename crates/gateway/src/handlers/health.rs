//! `GET /api/health-check`: the gateway answers. Traced, as everything under `/api`; `/health/live` is not.

use actix_web::web::Json;

use crate::views::Health;

/// Says that the gateway answers; nothing about the services behind it.
#[utoipa::path(
    get,
    path = "/api/health-check",
    tag = "gateway",
    operation_id = "health_check",
    responses((status = 200, description = "It answers", body = Health))
)]
pub(crate) async fn handle() -> Json<Health> {
    Json(Health { status: "ok" })
}
