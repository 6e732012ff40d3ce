//! Spans of tracing-actix-web and reqwest-tracing, as their middlewares make them without this crate.

use std::error::Error;

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service};
use http::Extensions;
use reqwest_tracing::{DefaultSpanBackend, ReqwestOtelSpanBackend};
use telemetry::Telemetry;
use tracing_actix_web::TracingLogger;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use super::SERVICE;

pub(super) fn kept_middlewares() -> Result<Telemetry, Box<dyn Error>> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    registry().with(layer).init();
    let call = reqwest::Request::new(reqwest::Method::GET, "http://users:8082/".parse()?);
    actix_web::rt::System::new().block_on(async {
        let app = init_service(App::new().wrap(TracingLogger::default())).await;
        for _ in 0..2 {
            call_service(&app, TestRequest::default().to_request()).await;
            drop(DefaultSpanBackend::on_request_start(&call, &mut Extensions::new()));
        }
    });
    Ok(telemetry)
}
