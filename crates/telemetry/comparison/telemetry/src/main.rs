//! The service with this crate, as its README sets it up.

use std::error::Error;

use actix_web::{App, HttpServer, web};
use tracing::Instrument;

async fn feed(name: web::Path<String>) -> String {
    let span = tracing::info_span!("build-feed", app.name = %name, app.result_length = 20_i64);
    async { workload::greeting(&name) }.instrument(span).await
}

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry::init(telemetry::Service { name: "feed", version: "1.0.0" })?;
    workload::run(|listener| {
        let tracing = telemetry::server::Tracing::new();
        let server = HttpServer::new(move || {
            App::new().wrap(tracing.clone()).route(workload::ROUTE, web::get().to(feed))
        });
        Ok(server.workers(1).listen(listener)?.run())
    })?;
    telemetry.shutdown()?;
    Ok(())
}
