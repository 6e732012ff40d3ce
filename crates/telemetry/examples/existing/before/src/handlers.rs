//! The endpoints.

use actix_web::error::{ErrorBadGateway, ErrorInternalServerError};
use actix_web::web::{self, Data, Path, ServiceConfig};
use notes::Store;
use reqwest_middleware::ClientWithMiddleware;
use tracing::{info, instrument};

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
    tokio::spawn(notify(id));
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
    let id = store.insert(text).await?;
    info!(note.id = id, "saved");
    Ok(id)
}

#[instrument(skip(store), err)]
async fn load(store: &Store, id: i64) -> Result<String, Box<dyn std::error::Error>> {
    Ok(store.load(id).await?)
}

#[instrument]
async fn notify(id: i64) {
    info!("notified");
}
