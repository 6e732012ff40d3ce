//! The middleware of axum-tracing-opentelemetry beside the layer of this crate. The process sends two requests to its own server
//! within the span `caller`: one with the middleware alone, one with that of [`remote_parent`] around it.

use std::error::Error;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::{Router, routing};
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::global;
use opentelemetry::trace::FutureExt;
use opentelemetry_http::HeaderExtractor;
use reqwest_middleware::ClientBuilder;
use telemetry::Service;
use tokio::net::TcpListener;
use tracing::{Instrument, info, info_span};
use tracing_subscriber::prelude::*;

/// Makes the caller's span current for what is within. The middleware would set it through the layer of tracing-opentelemetry.
async fn remote_parent(request: Request, next: Next) -> Response {
    let caller = global::get_text_map_propagator(|it| it.extract(&HeaderExtractor(request.headers())));
    next.run(request).with_context(caller).await
}

async fn post() -> &'static str {
    info_span!("load").in_scope(|| info!("loaded"));
    "a post"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (layer, telemetry) = telemetry::layer(Service { name: "axum", version: "0" })?;
    tracing_subscriber::registry().with(layer).init();
    // The propagators, for `remote_parent`.
    telemetry.install_globally();
    let posts = Router::new().route("/posts/{id}", routing::get(post)).layer(OtelAxumLayer::default());
    let joined = posts.clone().layer(from_fn(remote_parent));
    let app = Router::new().nest("/alone", posts).nest("/joined", joined);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    let client = telemetry::client::instrument(ClientBuilder::new(reqwest::Client::new())).build();
    for path in ["alone", "joined"] {
        let request = client.get(format!("{url}/{path}/posts/7"));
        let call = async { request.send().await?.text().await.map_err(reqwest_middleware::Error::from) };
        println!("{}", call.instrument(info_span!("caller")).await?);
    }
    tokio::task::spawn_blocking(|| telemetry.shutdown()).await??;
    Ok(())
}
