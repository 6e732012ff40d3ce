//! The server span as part of tracing-actix-web: `RootSpan` alone, and extractors under `Tracing`.

use std::sync::mpsc::channel;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_and_read_body, init_service, read_body, try_call_service};
use actix_web::{App, Error, HttpResponse, HttpServer, web};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use telemetry::OpenTelemetrySpanExt;
use telemetry::server::{RootSpan, TraceResponse, Tracing};
use tracing_actix_web::{DefaultRootSpanBuilder, RootSpanBuilder, TracingLogger};

use crate::app::harness;
use crate::sink::{Span, only};

/// Starts an application with the middleware of tracing-actix-web. Returns its URL.
fn serve() -> String {
    let (address_sender, address_receiver) = channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(|| {
                App::new()
                    .wrap(TracingLogger::<RootSpan>::new())
                    .route("/users/{handle}", web::get().to(HttpResponse::ServiceUnavailable))
            });
            let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
            address_sender.send(server.addrs()[0]).expect("a listener");
            server.run().await.expect("the server runs");
        });
    });
    format!("http://{}", address_receiver.recv().expect("an address"))
}

#[actix_web::test]
async fn tracing_actix_web_middleware_creates_the_server_span() {
    let sink = &harness().sink;
    let (trace_id, parent_id) = ("5d1f36b1b2f04ac1a1fca1d6b10bb6a9", "00f067aa0ba902b7");
    let response = reqwest::Client::new()
        .get(format!("{}/users/worf", serve()))
        .header("traceparent", format!("00-{trace_id}-{parent_id}-01"))
        .send()
        .await
        .expect("a response");
    assert_eq!(response.status(), 503);
    response.bytes().await.expect("a body");
    let spans = sink.trace(trace_id, 1).await;
    let span = only(&spans, SpanKind::Server);
    assert_eq!((span.name.as_str(), span.parent.as_str()), ("GET /users/{handle}", parent_id));
    assert_eq!(span.text("http.route"), Some("/users/{handle}"));
    assert_eq!(span.integer("http.response.status_code"), Some(503));
    assert_eq!(span.text("error.type"), Some("503"));
    assert_eq!(span.status, 2);
}

#[actix_web::test]
async fn extractors_of_tracing_actix_web_find_the_request_and_its_span() {
    let harness = harness();
    let response = reqwest::get(format!("{}/extracts", harness.url)).await.expect("a response");
    let trace_id = response.headers()["traceresponse"].to_str().expect("text")[3..35].to_owned();
    let id = response.text().await.expect("a body");
    assert_eq!((id.len(), id.split('-').count()), (36, 5), "{id}");
    let spans = harness.sink.trace(&trace_id, 1).await;
    assert_eq!(only(&spans, SpanKind::Server).text("app.request_id"), Some(&*id));
}

#[actix_web::test]
async fn extractors_work_on_untraced_paths() {
    let response = reqwest::get(format!("{}/untraced/extracts", harness().url)).await.expect("a response");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers().get("traceresponse"), None);
    assert_eq!(response.text().await.expect("a body").len(), 36);
}

/// Adds an attribute at the start, another one at the end, and names requests to one path.
struct TenantSpan;

impl RootSpanBuilder for TenantSpan {
    fn on_request_start(request: &ServiceRequest) -> tracing::Span {
        let span = RootSpan::on_request_start(request);
        if let Some(tenant) = request.headers().get("x-tenant").and_then(|tenant| tenant.to_str().ok()) {
            span.set_attribute("app.tenant", tenant.to_owned());
        }
        if request.path().starts_with("/named") {
            span.context().span().update_name("by the builder");
        }
        if request.path() == "/logs" {
            span.set_parent(opentelemetry::Context::current()).expect("a span with a state of its own");
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: tracing::Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let length = outcome.as_ref().map(|response| response.headers().len());
        span.set_attribute("app.headers", length.map_or(-1, |length| i64::try_from(length).unwrap_or(-1)));
        RootSpan::on_request_end(span, outcome);
    }
}

/// Sends a request with a `traceparent` to an application whose spans `tracing` makes. Returns its only span.
async fn span_of<R: RootSpanBuilder + 'static>(tracing: Tracing<R>, path: &str, trace_id: &str) -> Span {
    let sink = &harness().sink;
    let app = App::new()
        .wrap(tracing.traceresponse(TraceResponse::Always))
        .route("/feed/{id}", web::get().to(HttpResponse::Ok))
        .route("/named/{id}", web::get().to(HttpResponse::Ok))
        .route(
            "/logs",
            web::get().to(async || {
                tracing::error!("the cache is down");
                HttpResponse::Ok().finish()
            }),
        )
        .route("/panics", web::get().to(async || -> HttpResponse { panic!("no reason") }));
    let request = TestRequest::get()
        .uri(path)
        .insert_header(("x-tenant", "blue"))
        .insert_header(("traceparent", format!("00-{trace_id}-00f067aa0ba902b7-01")));
    let header = |headers: &HeaderMap| {
        headers.get("traceresponse").expect("a trace").to_str().expect("text").to_owned()
    };
    let header = match try_call_service(&init_service(app).await, request.to_request()).await {
        Ok(response) => {
            let header = header(response.headers());
            read_body(response).await;
            header
        }
        Err(error) => header(error.error_response().headers()),
    };
    sink.trace(&header[3..35], 1).await.remove(0)
}

#[actix_web::test]
async fn a_root_span_builder_of_the_application_adds_to_the_server_span() {
    let tracing = || Tracing::new().untraced("/health").root_span::<TenantSpan>();
    let trace_id = "6d1f36b1b2f04ac1a1fca1d6b10bb6a1";
    let span = span_of(tracing(), "/feed/7", trace_id).await;
    assert_eq!((&*span.trace_id, &*span.parent), (trace_id, "00f067aa0ba902b7"));
    assert_eq!((&*span.name, span.kind), ("GET /feed/{id}", SpanKind::Server));
    assert_eq!((span.text("app.tenant"), span.text("http.route")), (Some("blue"), Some("/feed/{id}")));
    assert!(span.integer("app.headers").is_some_and(|headers| headers >= 0));

    let span = span_of(tracing(), "/named/7", "6d1f36b1b2f04ac1a1fca1d6b10bb6a2").await;
    assert_eq!((&*span.name, span.text("http.route")), ("by the builder", Some("/named/{id}")));

    // A span with another parent still follows the outcome of its request, and not an error that was logged.
    let span = span_of(tracing(), "/logs", "6d1f36b1b2f04ac1a1fca1d6b10bb6a4").await;
    assert_eq!((span.status, span.integer("http.response.status_code")), (0, Some(200)));

    // What the companion does remains.
    let span = span_of(tracing(), "/panics", "6d1f36b1b2f04ac1a1fca1d6b10bb6a3").await;
    assert_eq!((span.text("app.tenant"), span.integer("app.headers")), (Some("blue"), Some(-1)));
    assert_eq!((span.integer("http.response.status_code"), span.status), (Some(500), 2));
    assert_eq!(span.event("exception").name, "exception");
}

#[actix_web::test]
async fn a_root_span_builder_of_the_application_keeps_untraced_paths() {
    harness();
    let tracing = Tracing::new().traceresponse(TraceResponse::Always).untraced("/health");
    let app = App::new()
        .wrap(tracing.root_span::<TenantSpan>().clone())
        .route("/health", web::get().to(async || telemetry::trace_id_of_current().unwrap_or_default()));
    let app = init_service(app).await;
    let request = TestRequest::get().uri("/health").insert_header(("x-tenant", "blue"));
    assert_eq!(call_and_read_body(&app, request.to_request()).await, "");
}

#[actix_web::test]
async fn a_root_span_builder_that_knows_nothing_of_this_crate_makes_a_span_of_its_own() {
    let trace_id = "6d1f36b1b2f04ac1a1fca1d6b10bb6a4";
    let tracing = Tracing::new().root_span::<DefaultRootSpanBuilder>();
    let span = span_of(tracing, "/feed/7", trace_id).await;
    assert_ne!(span.trace_id, trace_id);
    assert_eq!((&*span.name, span.kind, &*span.parent), ("GET /feed/{id}", SpanKind::Server, ""));
    assert_eq!(span.text("http.method"), Some("GET"));
}
