//! An actix-web server with limits, health, tracing and a graceful stop.

use std::pin::Pin;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use serde::Serialize;
use telemetry::server::Tracing;

use crate::lifecycle::Start;
use crate::{answer, bounds};

/// Alive: the process answers.
const LIVE: &str = "/health/live";
/// Ready: what it stands on answers, too.
const READY: &str = "/health/ready";
/// How long a client may take to send its headers: whoever is slower only holds a connection.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Threads that serve, at most: each has its own connections and buffers, and more of them than this help nobody.
const MAX_WORKERS: usize = 8;
/// Connections that one of these threads holds.
const MAX_CONNECTIONS: usize = 2048;
/// How long a connection may idle; longer than [`crate::client`] keeps one, so that the client closes first.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a request under way may take to finish once the service was asked to stop.
const DRAIN_SECONDS: u64 = 10;
/// How long readiness may take to answer.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// The line on standard output that tells where a service listens.
#[derive(Serialize)]
struct Announcement {
    part: &'static str,
    http: String,
}

type Checked = Pin<Box<dyn Future<Output = bool>>>;

/// Answers whether what a service stands on is there.
#[derive(Clone)]
pub struct Readiness(Arc<dyn Fn() -> Checked + Send + Sync>);

impl Readiness {
    /// Ready whenever it answers: a service that stands on nothing.
    pub fn always() -> Self {
        Self::from_check(|| async { true })
    }

    /// Ready when `check` gives true, in time.
    pub fn from_check<F: Future<Output = bool> + 'static>(
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move || Box::pin(check())))
    }
}

/// Serves `routes` until the shutdown is requested, then finishes what is under way.
///
/// `routes` runs once a worker thread: what it makes (a client, say) lives and dies with that worker.
///
/// # Errors
/// When the server cannot run.
pub async fn serve(
    start: Start,
    readiness: Readiness,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> std::io::Result<()> {
    let Start { part, listener, shutdown } = start;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(bounds::keep))
            .wrap(
                Tracing::new()
                    .traceresponse(part.traceresponse)
                    .untraced(LIVE)
                    .untraced(READY)
                    .panic_response(answer::panicked),
            )
            .configure(answer::extractors)
            .app_data(web::Data::new(readiness.clone()))
            .route(LIVE, web::get().to(HttpResponse::NoContent))
            .route(READY, web::get().to(ready))
            .configure(routes.clone())
            .default_service(web::to(answer::not_found))
    })
    .workers(available_parallelism().map_or(1, usize::from).min(MAX_WORKERS))
    .max_connections(MAX_CONNECTIONS)
    .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
    .client_request_timeout(REQUEST_TIMEOUT)
    .shutdown_timeout(DRAIN_SECONDS)
    .shutdown_signal(async move { shutdown.requested().await })
    .listen(listener)?
    .run();
    process::announce(&Announcement { part: part.name, http: format!("http://{address}") });
    tracing::info!(%address, version = part.version, "listening");
    server.await?;
    tracing::info!("stopped");
    Ok(())
}

async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    match tokio::time::timeout(READY_TIMEOUT, (readiness.0)()).await {
        Ok(true) => HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })),
        Ok(false) | Err(_) => {
            HttpResponse::ServiceUnavailable().json(serde_json::json!({ "status": "not ready" }))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::*;

    async fn asked(readiness: Readiness) -> StatusCode {
        ready(web::Data::new(readiness)).await.status()
    }

    #[actix_web::test]
    async fn it_is_ready_when_what_it_stands_on_answers() {
        assert_eq!(asked(Readiness::always()).await, StatusCode::OK);
    }

    #[actix_web::test]
    async fn it_is_not_ready_when_what_it_stands_on_fails_or_is_silent() {
        assert_eq!(asked(Readiness::from_check(|| async { false })).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(asked(Readiness::from_check(std::future::pending)).await, StatusCode::SERVICE_UNAVAILABLE);
    }
}
