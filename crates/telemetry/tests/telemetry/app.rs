//! Application under test. Telemetry is started once for all tests of this process.

use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::Duration;

use actix_web::body::BodyStream;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, get, post, web};
use futures_util::stream;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use telemetry::Service;
use telemetry::server::{TraceResponse, Tracing};

use crate::handler_errors::{self, FeedError};
use crate::sink::Sink;
use crate::start::start;

pub(crate) struct Harness {
    pub(crate) sink: Sink,
    /// Base URL of the application, without a trailing slash.
    pub(crate) url: String,
    _telemetry: telemetry::Telemetry,
}

pub(crate) fn harness() -> &'static Harness {
    static HARNESS: OnceLock<Harness> = OnceLock::new();
    HARNESS.get_or_init(|| {
        let sink = Sink::start();
        let endpoint = sink.url.clone();
        let variables = move |name: &str| match name {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.clone()),
            "OTEL_BSP_SCHEDULE_DELAY" => Some("10".to_owned()),
            "OTEL_LOGS_EXPORTER" => Some("none".to_owned()),
            "OTEL_METRIC_EXPORT_INTERVAL" => Some("50".to_owned()),
            "OTEL_RESOURCE_ATTRIBUTES" => Some("deployment.environment.name=test".to_owned()),
            // The log level must not affect tracing.
            "RUST_LOG" => Some("off".to_owned()),
            _ => None,
        };
        let service = Service { name: "harness", version: "1.2.3" };
        let telemetry = start(service, &variables);
        Harness { sink, url: serve(), _telemetry: telemetry }
    })
}

pub(crate) fn client() -> ClientWithMiddleware {
    telemetry::client::instrument(ClientBuilder::new(reqwest::Client::new())).build()
}

fn serve() -> String {
    let (address_sender, address_receiver) = channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let tracing = Tracing::new()
                .traceresponse(TraceResponse::Recorded)
                .untraced("/health")
                .untraced_below("/untraced/")
                .untraced_below("/static")
                .untraced_if(|request| request.headers().contains_key("x-probe"))
                .error_type::<FeedError>();
            let server = HttpServer::new(move || {
                App::new()
                    .wrap(tracing.clone())
                    .app_data(web::Data::new(client()))
                    .service(hello)
                    .service(panics)
                    .route("/untraced/panics", web::get().to(panics_at_once))
                    .route("/extracts", web::get().to(extracts))
                    .route("/untraced/extracts", web::get().to(extracts))
                    .service(broken_stream)
                    .service(panicking_stream)
                    .service(long_stream)
                    .service(sleeps)
                    .service(fails)
                    .service(calls)
                    .service(outlived)
                    .service(spawns)
                    .service(deep)
                    .service(body_length)
                    .configure(handler_errors::routes)
                    .route("/health", web::get().to(HttpResponse::Ok))
                    .service(web::resource("/only-post").route(web::post().to(HttpResponse::Ok)))
                    .service(
                        web::resource("/refused")
                            .wrap(from_fn(async |_request, _next: actix_web::middleware::Next<actix_web::body::BoxBody>| {
                                Err::<actix_web::dev::ServiceResponse, _>(actix_web::error::ErrorServiceUnavailable("not now"))
                            }))
                            .route(web::get().to(HttpResponse::Ok)),
                    )
            });
            let server = server.workers(1).disable_signals().bind_auto_h2c("127.0.0.1:0").expect("a free port");
            address_sender.send(server.addrs()[0]).expect("a listener");
            server.run().await.expect("the server runs");
        });
    });
    format!("http://{}", address_receiver.recv().expect("an address"))
}

#[get("/hello/{name}")]
async fn hello(name: web::Path<String>) -> String {
    format!("hello, {name}")
}

#[get("/panics")]
async fn panics() -> HttpResponse {
    tokio::task::yield_now().await;
    panic!("as asked")
}

/// Panics before there is a future.
fn panics_at_once() -> std::future::Ready<HttpResponse> {
    panic!("at once")
}

/// Uses the extractors of tracing-actix-web. Responds with the request id.
async fn extracts(id: tracing_actix_web::RequestId, span: tracing_actix_web::RootSpan) -> String {
    use telemetry::OpenTelemetrySpanExt;
    span.set_attribute("app.request_id", id.to_string());
    id.to_string()
}

#[get("/fails")]
async fn fails() -> HttpResponse {
    telemetry::record_error(&std::io::Error::other("the disk is full"));
    HttpResponse::InternalServerError().finish()
}

/// Sends one chunk, then fails.
#[get("/broken-stream")]
async fn broken_stream() -> HttpResponse {
    let chunks = stream::unfold(false, |started| async move {
        if started {
            tokio::time::sleep(Duration::from_millis(50)).await;
            return Some((Err(std::io::Error::other("the stream failed")), true));
        }
        Some((Ok(web::Bytes::from_static(b"a beginning")), true))
    });
    HttpResponse::Ok().body(BodyStream::new(chunks))
}

#[get("/panicking-stream")]
async fn panicking_stream() -> HttpResponse {
    let chunks = stream::unfold(false, |started| async move {
        if started {
            tokio::time::sleep(Duration::from_millis(50)).await;
            panic!("the stream panicked");
        }
        Some((Ok::<_, std::io::Error>(web::Bytes::from_static(b"a beginning")), true))
    });
    HttpResponse::Ok().body(BodyStream::new(chunks))
}

/// Sends five chunks over half a second.
#[get("/long-stream")]
async fn long_stream() -> HttpResponse {
    let chunks = stream::unfold(0, |sent| async move {
        if sent == 5 {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        Some((Ok::<_, std::io::Error>(web::Bytes::from_static(b"chunk")), sent + 1))
    });
    HttpResponse::Ok().body(BodyStream::new(chunks))
}

#[get("/sleeps")]
async fn sleeps() -> &'static str {
    tokio::time::sleep(Duration::from_millis(500)).await;
    "rested"
}

/// Calls `/hello/inner` of this application within a `work` span.
#[get("/calls")]
async fn calls(
    client: web::Data<ClientWithMiddleware>,
    request: actix_web::HttpRequest,
) -> actix_web::Result<String> {
    use tracing::Instrument;
    let span = tracing::info_span!(
        "work",
        app.count = 3_u64,
        app.name = "inner",
        app.ratio = 0.5,
        app.late = tracing::field::Empty
    );
    let url = format!("http://{}/hello/inner", request.app_config().local_addr());
    let work = async {
        tracing::Span::current().record("app.late", 7_i64);
        tracing::info!(detail = 1, "half-way");
        let response = client.get(url).send().await.map_err(actix_web::error::ErrorBadGateway)?;
        response.text().await.map_err(actix_web::error::ErrorBadGateway)
    };
    work.instrument(span).await
}

/// Starts a task whose span is still open when the request ends.
#[get("/outlived")]
async fn outlived() -> &'static str {
    use tracing::Instrument;
    let span = tracing::info_span!("afterwards");
    actix_web::rt::spawn(tokio::time::sleep(Duration::from_millis(400)).instrument(span));
    "task started"
}

/// Starts a task within the request that never ends.
#[get("/spawns")]
async fn spawns() -> &'static str {
    use tracing::Instrument;
    let task = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(tracing::info_span!("later"));
        std::future::pending::<()>().await;
    };
    actix_web::rt::spawn(task.in_current_span());
    "task started"
}

/// Reaches the server span from two spans below it.
#[get("/deep")]
async fn deep() -> &'static str {
    use opentelemetry::KeyValue;
    use opentelemetry::trace::{TraceContextExt, get_active_span};
    use tracing::Instrument;
    let inner = async {
        tokio::task::yield_now().await;
        telemetry::server::set_attribute("user.id", 7);
        let context = telemetry::server::context().expect("within a request");
        context.span().set_attribute(KeyValue::new("app.tenant", "starfleet"));
        context.span().update_name("the deep one");
        get_active_span(|span| span.set_attribute(KeyValue::new("app.depth", 2)));
    };
    let outer = async { inner.instrument(tracing::info_span!("inner")).await };
    outer.instrument(tracing::info_span!("outer")).await;
    "deep"
}

/// Responds with the length of the request body.
#[post("/body-length")]
async fn body_length(body: web::Bytes) -> String {
    body.len().to_string()
}
