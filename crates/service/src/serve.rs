//! An actix-web server with limits, health checks, tracing and graceful shutdown.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer, ResponseError};
use serde::Serialize;
use telemetry::server::Tracing;

use crate::lifecycle::Start;
use crate::limits::Limits;
use crate::response::ExtractorError;
use crate::{method, response};

/// Liveness: the process responds.
const LIVE: &str = "/health/live";
/// Readiness: its dependencies respond, too.
const READY: &str = "/health/ready";
/// Worker threads, at most. Each has its own connections and buffers, and more of them do not serve faster.
const MAX_WORKERS: usize = 8;
/// Connections per worker thread.
const MAX_CONNECTIONS: usize = 2048;
/// How long a connection may idle. [`crate::client`] keeps one for less, so that the client closes first.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long requests in flight may take to finish after the shutdown is requested.
const DRAIN_SECONDS: u64 = 10;
/// How long the readiness check may take.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// The line on standard output that tells where a service listens.
#[derive(Serialize)]
struct Announcement {
    part: &'static str,
    http: String,
}

type Check = Pin<Box<dyn Future<Output = bool>>>;

/// Readiness check: whether the dependencies of a service respond.
#[derive(Clone)]
pub struct Readiness(Arc<dyn Fn() -> Check + Send + Sync>);

impl Readiness {
    /// Ready whenever the process responds, for a service without dependencies.
    pub fn always() -> Self {
        Self::from_check(|| async { true })
    }

    /// Ready when `check` returns true within 2 seconds.
    pub fn from_check<F: Future<Output = bool> + 'static>(
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move || Box::pin(check())))
    }
}

/// Serves `routes` until the shutdown is requested, then finishes the requests in flight.
///
/// `routes` runs once per worker thread: what it creates, such as a client, belongs to that worker. `E` is the error of its
/// handlers.
///
/// # Errors
/// When the server cannot run.
pub async fn serve<E: ResponseError + Error + 'static>(
    start: Start,
    readiness: Readiness,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    serve_with_limits::<E>(start, readiness, Limits::default(), routes).await
}

/// [`serve`] with other limits than the defaults, for tests.
///
/// # Errors
/// When the server cannot run.
pub async fn serve_with_limits<E: ResponseError + Error + 'static>(
    start: Start,
    readiness: Readiness,
    limits: Limits,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    let Start { part, listener, shutdown } = start;
    let address = listener.local_addr()?;
    let tracing = Tracing::new()
        .traceresponse(part.traceresponse)
        .untraced(LIVE)
        .untraced(READY)
        .panic_response(response::panicked)
        .error_type::<E>()
        .error_type::<ExtractorError>();
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(move |request, next| limits.enforce(request, next)))
            .wrap(tracing.clone())
            .configure(response::extractors)
            .app_data(web::Data::new(readiness.clone()))
            .route(LIVE, method::get().to(HttpResponse::NoContent))
            .route(READY, method::get().to(ready))
            .configure(routes.clone())
            .default_service(web::to(response::not_found))
    })
    .workers(available_parallelism().map_or(1, usize::from).min(MAX_WORKERS))
    .max_connections(MAX_CONNECTIONS)
    .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
    .client_request_timeout(limits.head_timeout)
    // A client that closes its connection has given up: its request is cancelled, and a write that waits is not
    // carried out.
    .h1_allow_half_closed(false)
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

    async fn status(readiness: Readiness) -> StatusCode {
        ready(web::Data::new(readiness)).await.status()
    }

    #[actix_web::test]
    async fn ready_when_the_check_succeeds() {
        assert_eq!(status(Readiness::always()).await, StatusCode::OK);
    }

    #[actix_web::test]
    async fn not_ready_when_the_check_fails_or_does_not_return() {
        assert_eq!(status(Readiness::from_check(|| async { false })).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            status(Readiness::from_check(std::future::pending)).await,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
