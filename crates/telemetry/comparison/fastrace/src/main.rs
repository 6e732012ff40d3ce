//! The service with fastrace and its OpenTelemetry reporter, as the documentation of fastrace-opentelemetry sets them up.
//!
//! fastrace has no middleware for actix-web. The one here makes the root span as fastrace-axum does, with the attributes that the
//! HTTP conventions require.

use std::borrow::Cow;
use std::error::Error;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpServer, web};
use fastrace::collector::Config;
use fastrace::prelude::*;
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;

async fn feed(name: web::Path<String>) -> String {
    let span = Span::enter_with_local_parent("build-feed")
        .with_properties(|| [("app.name", name.to_string()), ("app.result_length", "20".to_owned())]);
    async { workload::greeting(&name) }.in_span(span).await
}

async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let header =
        |name: &header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let parent = header(&header::HeaderName::from_static("traceparent"))
        .and_then(SpanContext::decode_w3c_traceparent)
        .unwrap_or_else(SpanContext::random);
    let route = request.match_pattern().unwrap_or_default();
    let root = Span::root(format!("{} {route}", request.method()), parent).with_properties(|| {
        [
            ("span.kind", "server".to_owned()),
            ("http.request.method", request.method().to_string()),
            ("http.route", route),
            ("url.scheme", request.connection_info().scheme().to_owned()),
            ("url.path", request.path().to_owned()),
            ("url.query", request.query_string().to_owned()),
            ("server.address", request.connection_info().host().to_owned()),
            ("client.address", request.connection_info().peer_addr().unwrap_or_default().to_owned()),
            ("user_agent.original", header(&header::USER_AGENT).unwrap_or_default().to_owned()),
        ]
    });
    async {
        let response = next.call(request).await?;
        LocalSpan::add_property(|| ("http.response.status_code", response.status().as_str().to_owned()));
        Ok(response)
    }
    .in_span(root)
    .await
}

fn main() -> Result<(), Box<dyn Error>> {
    let resource = Resource::builder().with_attributes([KeyValue::new("service.name", "feed")]).build();
    let reporter = OpenTelemetryReporter::new(
        SpanExporter::builder().with_http().build()?,
        Cow::Owned(resource),
        InstrumentationScope::builder("feed").with_version(env!("CARGO_PKG_VERSION")).build(),
    );
    fastrace::set_reporter(reporter, Config::default());
    workload::run(|listener| {
        let server =
            HttpServer::new(|| App::new().wrap(from_fn(trace)).route(workload::ROUTE, web::get().to(feed)));
        Ok(server.workers(1).listen(listener)?.run())
    })?;
    fastrace::flush();
    Ok(())
}
