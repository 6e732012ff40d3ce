//! A service with one mistake: it makes its calls in a task that does not have the request's span.
//!
//! `GET /with-span` and `GET /without-span` call the URL that is the first argument, and respond with its status. The doctor's
//! tests run it. The mistake is the missing `.in_current_span()`.

use std::io;

use actix_web::{App, HttpResponse, HttpServer, error, rt, web};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tracing::Instrument as _;

/// What is called.
#[derive(Clone)]
struct Upstream {
    client: ClientWithMiddleware,
    url: String,
}

impl Upstream {
    async fn call(self) -> actix_web::Result<HttpResponse> {
        let response = self.client.get(self.url).send().await.map_err(error::ErrorBadGateway)?;
        Ok(HttpResponse::Ok().body(response.status().to_string()))
    }
}

async fn with_span(upstream: web::Data<Upstream>) -> actix_web::Result<HttpResponse> {
    let call = upstream.get_ref().clone().call();
    rt::spawn(call.in_current_span()).await.map_err(error::ErrorInternalServerError)?
}

async fn without_span(upstream: web::Data<Upstream>) -> actix_web::Result<HttpResponse> {
    let call = upstream.get_ref().clone().call();
    rt::spawn(call).await.map_err(error::ErrorInternalServerError)?
}

fn main() -> io::Result<()> {
    let service = telemetry::Service { name: "orders", version: env!("CARGO_PKG_VERSION") };
    let telemetry = telemetry::init(service).map_err(io::Error::other)?;
    let url = std::env::args().nth(1).ok_or_else(|| io::Error::other("the first argument is a URL"))?;
    let served = rt::System::new().block_on(serve(url));
    telemetry.shutdown().map_err(io::Error::other)?;
    served
}

async fn serve(url: String) -> io::Result<()> {
    let client = telemetry::client::instrument(ClientBuilder::new(reqwest::Client::new())).build();
    let upstream = web::Data::new(Upstream { client, url });
    let server = HttpServer::new(move || {
        App::new()
            .wrap(telemetry::server::Tracing::new())
            .app_data(upstream.clone())
            .route("/with-span", web::get().to(with_span))
            .route("/without-span", web::get().to(without_span))
    });
    let server = server.workers(1).bind("127.0.0.1:0")?;
    for address in server.addrs() {
        println!("{{\"http\":\"http://{address}\"}}");
    }
    server.run().await
}
