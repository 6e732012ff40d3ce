//! The service after it was moved. The comments name the steps of MOVING.md; the rest is that of `before`.

mod handlers;
mod start;

use std::error::Error;

use actix_web::{App, HttpServer, web};
use notes::Store;
use reqwest_middleware::ClientBuilder;

use handlers::Index;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Step 1: the value that `main` keeps.
    let telemetry = start::start()?;
    let store = Store::open().await?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("{url}");
    // Step 3: the client.
    let http = reqwest::Client::builder().redirect(telemetry::client::redirects()).build()?;
    let client = telemetry::client::instrument(ClientBuilder::new(http)).build();
    let index = Index { client, url };
    // Step 2: the server.
    let tracing = telemetry::server::Tracing::new();
    let server = HttpServer::new(move || {
        App::new()
            .wrap(tracing.clone())
            .app_data(web::Data::new(store.clone()))
            .app_data(web::Data::new(index.clone()))
            .configure(handlers::routes)
    });
    server.workers(1).listen(listener)?.run().await?;
    telemetry.shutdown()?;
    Ok(())
}
