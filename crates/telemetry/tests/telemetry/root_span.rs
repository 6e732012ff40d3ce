//! `RootSpan` with the middleware of tracing-actix-web.

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
