//! The endpoints.

use actix_web::error::{ErrorBadGateway, ErrorInternalServerError};
use actix_web::web::{self, Data, Path, ServiceConfig};
use notes::Store;
use reqwest_middleware::ClientWithMiddleware;
use telemetry::database::Statement;
use tracing::{Instrument, info, instrument};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/notes", web::post().to(create))
        .route("/notes/{id}", web::get().to(show))
        .route("/index/{id}", web::get().to(index))
        .route("/panics", web::get().to(panics));
}

/// The service that indexes notes: this one.
#[derive(Clone)]
pub struct Index {
    pub client: ClientWithMiddleware,
    pub url: String,
}

async fn create(text: String, store: Data<Store>, index: Data<Index>) -> actix_web::Result<String> {
    let id = save(&store, &text).await.map_err(ErrorInternalServerError)?;
    let response = index.client.get(format!("{}/index/{id}", index.url)).send().await;
    response.map_err(ErrorBadGateway)?.text().await.map_err(ErrorBadGateway)?;
    // A row of the table in MOVING.md: the task stays in the trace.
    tokio::spawn(notify(id).in_current_span());
    Ok(id.to_string())
}

async fn show(id: Path<i64>, store: Data<Store>) -> actix_web::Result<String> {
    load(&store, *id).await.map_err(ErrorInternalServerError)
}

async fn index(id: Path<i64>) -> String {
    format!("note {id} is indexed")
}

async fn panics() -> String {
    panic!("as asked")
}

#[instrument(skip_all, fields(note.length = text.len()), err)]
async fn save(store: &Store, text: &str) -> Result<i64, Box<dyn std::error::Error>> {
    // Another row: the statement is a span.
    let insert = statement("INSERT", notes::INSERT);
    let id = store.insert(text).instrument(insert.span()).await?;
    info!(note.id = id, "saved");
    Ok(id)
}

#[instrument(skip(store), err)]
async fn load(store: &Store, id: i64) -> Result<String, Box<dyn std::error::Error>> {
    Ok(store.load(id).instrument(statement("SELECT", notes::SELECT).span()).await?)
}

fn statement(operation: &'static str, text: &'static str) -> Statement<'static> {
    Statement::new("sqlite", operation, "notes").namespace("notes").text(text)
}

#[instrument]
async fn notify(id: i64) {
    info!("notified");
}
