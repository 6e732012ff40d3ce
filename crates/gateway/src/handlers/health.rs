//! `GET /api/health-check`: reports that the gateway is up. Traced, unlike `/health/live`.

use actix_web::web::Json;

use crate::types::Health;

/// Reports that the gateway is up. It does not check the services behind it.
#[utoipa::path(
    get,
    path = "/api/health-check",
    tag = "gateway",
    operation_id = "health_check",
    responses((status = 200, description = "The gateway is up", body = Health))
)]
pub(crate) async fn handle() -> Json<Health> {
    Json(Health { status: "ok" })
}
