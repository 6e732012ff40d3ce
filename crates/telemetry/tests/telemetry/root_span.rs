//! Our server span under tracing-actix-web's own middleware.

use std::sync::mpsc::channel;

use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use telemetry::server::RootSpan;
use tracing_actix_web::TracingLogger;

use crate::app::harness;
use crate::sink::only;

/// An application that kept its middleware.
fn serve() -> String {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(|| {
                App::new()
                    .wrap(TracingLogger::<RootSpan>::new())
                    .route("/users/{handle}", web::get().to(HttpResponse::ServiceUnavailable))
            });
            let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
            tell.send(server.addrs()[0]).expect("a listener");
            server.run().await.expect("a server that runs");
        });
    });
    format!("http://{}", told.recv().expect("an address"))
}

#[actix_web::test]
async fn tracing_actix_webs_middleware_makes_the_same_span() {
    let sink = &harness().sink;
    let (trace_id, parent_id) = ("5d1f36b1b2f04ac1a1fca1d6b10bb6a9", "00f067aa0ba902b7");
    let answer = reqwest::Client::new()
        .get(format!("{}/users/worf", serve()))
        .header("traceparent", format!("00-{trace_id}-{parent_id}-01"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 503);
    answer.bytes().await.expect("a body");
    let spans = sink.trace(trace_id, 1).await;
    let span = only(&spans, SpanKind::Server);
    assert_eq!((span.name.as_str(), span.parent.as_str()), ("GET /users/{handle}", parent_id));
    assert_eq!(span.text("http.route"), Some("/users/{handle}"));
    assert_eq!(span.integer("http.response.status_code"), Some(503));
    assert_eq!(span.text("error.type"), Some("503"));
    assert_eq!(span.status, 2);
}
