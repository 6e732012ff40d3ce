//! A layer that is built and forgotten.

use std::error::Error;

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service};
use telemetry::Telemetry;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Registry, fmt, registry};

use super::SERVICE;

/// The subscriber has another layer only.
pub(super) fn layer_left_out() -> Result<Telemetry, Box<dyn Error>> {
    let (_left_out, telemetry) = telemetry::layer::<Registry>(SERVICE)?;
    registry().with(fmt::layer().with_writer(std::io::stderr)).init();
    serve_two_requests();
    Ok(telemetry)
}

/// There is no subscriber.
pub(super) fn layer_not_installed() -> Result<Telemetry, Box<dyn Error>> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let _not_installed = registry().with(layer);
    serve_two_requests();
    Ok(telemetry)
}

fn serve_two_requests() {
    actix_web::rt::System::new().block_on(async {
        let app = init_service(App::new().wrap(telemetry::server::Tracing::new())).await;
        for _ in 0..2 {
            call_service(&app, TestRequest::default().to_request()).await;
        }
    });
}
