//! The server span as part of tracing-actix-web: `RootSpan` alone, and extractors under `Tracing`.

use std::sync::mpsc::channel;

use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use telemetry::server::RootSpan;
use tracing_actix_web::TracingLogger;

use crate::app::harness;
use crate::sink::only;

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
