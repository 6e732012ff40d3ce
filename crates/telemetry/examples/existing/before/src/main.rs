//! The service before it was moved.

mod handlers;
mod start;

use std::error::Error;

use actix_web::{App, HttpServer, web};
use notes::Store;
use reqwest_middleware::ClientBuilder;
use reqwest_tracing::TracingMiddleware;
use tracing_actix_web::TracingLogger;

use handlers::Index;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = start::start()?;
    let store = Store::open().await?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("{url}");
    let http = reqwest::Client::new();
    let client = ClientBuilder::new(http).with(TracingMiddleware::default()).build();
    let index = Index { client, url };
    let server = HttpServer::new(move || {
        App::new()
            .wrap(TracingLogger::default())
            .app_data(web::Data::new(store.clone()))
            .app_data(web::Data::new(index.clone()))
            .configure(handlers::routes)
    });
    server.workers(1).listen(listener)?.run().await?;
    provider.shutdown()?;
    Ok(())
}
