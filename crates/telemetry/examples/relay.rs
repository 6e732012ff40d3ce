//! The smallest complete service that uses `telemetry`: it calls the URLs of each request.
//!
//! `POST /relay` accepts `[{"url": .., "arguments": [..]}]`. It POSTs the `arguments` of each element as JSON to its
//! `url`, in order, and responds after the last response. This is the protocol of the W3C trace-context test suite:
//!
//! ```text
//! cargo run -p one-trace --example relay -- 127.0.0.1:9000
//! ```

use std::io;

use actix_web::{App, HttpServer, error, post, web};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde::Deserialize;
use serde_json::Value;
use telemetry::server::{TraceResponse, Tracing};

#[derive(Deserialize)]
struct Call {
    url: String,
    arguments: Value,
}

#[post("/relay")]
async fn relay(
    calls: web::Json<Vec<Call>>,
    client: web::Data<ClientWithMiddleware>,
) -> actix_web::Result<&'static str> {
    for call in calls.into_inner() {
        tracing::info!(url = call.url, "relaying");
        let response =
            client.post(call.url).json(&call.arguments).send().await.map_err(error::ErrorBadGateway)?;
        response.bytes().await.map_err(error::ErrorBadGateway)?;
    }
    Ok("relayed\n")
}

fn main() -> io::Result<()> {
    let service = telemetry::Service { name: "relay", version: env!("CARGO_PKG_VERSION") };
    let telemetry = telemetry::init(service).map_err(io::Error::other)?;
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9000".to_owned());
    let served = actix_web::rt::System::new().block_on(serve(&address));
    telemetry.shutdown().map_err(io::Error::other)?;
    served
}

async fn serve(address: &str) -> io::Result<()> {
    let client =
        web::Data::new(telemetry::client::instrument(ClientBuilder::new(reqwest::Client::new())).build());
    let server = HttpServer::new(move || {
        let tracing = Tracing::new().traceresponse(TraceResponse::Recorded);
        App::new().wrap(tracing).app_data(client.clone()).service(relay)
    });
    let server = server.workers(1).bind_auto_h2c(address)?;
    for address in server.addrs() {
        println!("http://{address}/relay");
    }
    server.run().await
}
