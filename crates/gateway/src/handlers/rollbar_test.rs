//! `GET /rollbar/test`: reports a message to Rollbar.

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use problem::Problem;
use service::error_reports::report_message;
use service::response::{StatusCode, respond};

/// What is reported and returned.
const MESSAGE: &str = "Hello World!";

/// Reports a message to Rollbar, at the level warning.
#[utoipa::path(
    get,
    path = "/rollbar/test",
    tag = "gateway",
    operation_id = "rollbar_test",
    responses(
        (status = 200, description = "A message is on its way to Rollbar", body = String, content_type = "text/plain"),
        (status = 503, description = "`ROLLBAR_ACCESS_TOKEN` is not set, or not valid")
    )
)]
pub(crate) async fn handle() -> HttpResponse {
    let Err(reason) = report_message(MESSAGE) else {
        return HttpResponse::Ok().insert_header(ContentType::plaintext()).body(MESSAGE);
    };
    let problem =
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "rollbar_off", "Errors are not reported to Rollbar");
    respond(problem.with_detail(reason))
}
