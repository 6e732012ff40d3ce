//! An actix-web server with limits, health checks, tracing and graceful shutdown.

use std::error::Error as StdError;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, KeepAlive};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, Error, HttpResponse, HttpServer, ResponseError};
use process::Shutdown;
use serde::Serialize;
use telemetry::server::Tracing;

use crate::capacity::{CONNECTIONS_PER_WORKER, workers};
use crate::connections::{Connections, OpenConnection};
use crate::drain::drain;
use crate::lifecycle::{Part, Start};
use crate::limits::Limits;
use crate::response::ExtractorError;
use crate::{method, response};

/// Liveness: the process responds.
const LIVE: &str = "/health/live";
/// Readiness: its dependencies respond, too.
const READY: &str = "/health/ready";
/// How long the server waits for the connections that [`drain`] has given up.
const STOP_SECONDS: u64 = 1;
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
pub async fn serve<E: ResponseError + StdError + 'static>(
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
pub async fn serve_with_limits<E: ResponseError + StdError + 'static>(
    start: Start,
    readiness: Readiness,
    limits: Limits,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    let Start { part, listeners, shutdown } = start;
    let addresses = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
    let tracing = Tracing::new()
        .traceresponse(part.traceresponse)
        .untraced(LIVE)
        .untraced(READY)
        .panic_response(response::panicked)
        .error_type::<E>()
        .error_type::<ExtractorError>();
    let connections = Connections::new(limits.connections);
    let (opened, stopping) = (connections.clone(), shutdown.clone());
    let mut server = HttpServer::new(move || {
        let (stopping, data) = (stopping.clone(), web::Data::new(stopping.clone()));
        App::new()
            .wrap(from_fn(move |request, next| serve_request(stopping.clone(), limits, request, next)))
            .wrap(tracing.clone())
            .configure(response::extractors)
            .app_data(web::Data::new(readiness.clone()))
            .app_data(data)
            .route(LIVE, method::get().to(HttpResponse::NoContent))
            .route(READY, method::get().to(ready))
            .configure(routes.clone())
            .default_service(web::to(response::not_found))
    })
    .workers(workers())
    .max_connections(CONNECTIONS_PER_WORKER)
    .keep_alive(KeepAlive::Timeout(limits.keep_alive))
    .client_request_timeout(limits.head_timeout)
    // A client that closes its connection has given up: its request is cancelled, and a write that waits is not
    // carried out.
    .h1_allow_half_closed(false)
    .on_connect(move |stream, extensions| opened.add(stream, extensions))
    .shutdown_timeout(STOP_SECONDS)
    .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    let server = server.run();
    announce(part, &addresses);
    run_until_stopped(server, &shutdown, &connections, limits.idle()).await?;
    tracing::info!("stopped");
    Ok(())
}

/// Tells where the part listens: the launcher its first address, the log all of them.
fn announce(part: Part, addresses: &[SocketAddr]) {
    if let Some(first) = addresses.first() {
        process::announce(&Announcement { part: part.name, http: format!("http://{first}") });
    }
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    tracing::info!(address = addresses.join(", "), version = part.version, "listening");
}

async fn run_until_stopped(
    mut server: Server,
    shutdown: &Shutdown,
    connections: &Connections,
    idle: Duration,
) -> io::Result<()> {
    let handle = server.handle();
    let drained = async {
        while tokio::time::timeout(idle / 8, shutdown.requested()).await.is_err() {
            connections.close_idle(idle);
        }
        drain(connections, &handle).await;
    };
    tokio::select! {
        ended = &mut server => return ended,
        () = drained => {}
    }
    // The command is sent at once; the server carries it out.
    drop(handle.stop(true));
    server.await
}

/// Serves a request within the limits, as the last one of its connection when the server stops.
async fn serve_request<B: MessageBody + 'static>(
    stopping: Shutdown,
    limits: Limits,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let mut busy = request.conn_data::<OpenConnection>().map(OpenConnection::busy);
    let mut response = limits.enforce(request, next).await?;
    if stopping.is_requested() {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        if let Some(busy) = &mut busy {
            busy.is_last();
        }
    }
    Ok(response)
}

async fn ready(readiness: web::Data<Readiness>, stopping: web::Data<Shutdown>) -> HttpResponse {
    if stopping.is_requested() {
        return HttpResponse::ServiceUnavailable().json(serde_json::json!({ "status": "stopping" }));
    }
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
        let stopping = Shutdown::after(std::future::pending());
        ready(web::Data::new(readiness), web::Data::new(stopping)).await.status()
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
