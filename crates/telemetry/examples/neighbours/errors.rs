//! Errors of handlers.

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError};
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use telemetry::server::Tracing;
use telemetry::{InitError, Telemetry};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry};

use super::SERVICE;
use super::records::lines_from_info;

/// Requests to handlers that return errors.
fn serve_errors() {
    actix_web::rt::System::new().block_on(async {
        let fails = async || Err::<&str, _>(ErrorInternalServerError("db is gone"));
        let rejects = async || Err::<&str, _>(ErrorBadRequest("no number"));
        let app = App::new()
            .wrap(Tracing::new())
            .route("/fails/{id}", web::get().to(fails))
            .route("/rejects", web::get().to(rejects));
        let app = test::init_service(app).await;
        for path in ["/fails/7", "/rejects"] {
            test::call_service(&app, TestRequest::get().uri(path).to_request()).await;
        }
    });
}

pub(super) fn handler_errors() -> Result<Telemetry, InitError> {
    let telemetry = telemetry::init_from(SERVICE, &lines_from_info)?;
    serve_errors();
    Ok(telemetry)
}

pub(super) fn handler_errors_layer() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().json().with_filter(EnvFilter::new("debug,tracing_actix_web=off"));
    registry().with(lines).with(layer).init();
    serve_errors();
    Ok(telemetry)
}
