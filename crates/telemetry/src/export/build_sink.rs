//! Builds the sinks of spans from the settings.

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Key;
use opentelemetry_sdk::Resource;

use super::backend::Backend;
use super::console;
use super::error::ExportError;
use super::request_limits::HONEYCOMB;
use super::span_export::NamedSink;
use super::transport::Transport;
use crate::env::{Exporter, Otlp, Protocol, Settings, Signal, Vendor};
use crate::otlp::Encoder;

/// The sinks of spans: none when they are not exported.
pub(crate) fn span_sinks(settings: &Settings, resource: &Resource) -> Result<Vec<NamedSink>, ExportError> {
    let mut sinks: Vec<NamedSink> = Vec::new();
    match &settings.traces {
        Exporter::None => {}
        Exporter::Console => sinks.push(("console_span_exporter", Box::new(console::Console))),
        Exporter::Otlp(otlp) => sinks.push(over_otlp(otlp, resource)?),
    }
    if let Some(honeycomb) = &settings.honeycomb {
        let otlp = honeycomb.exporter(Signal::Traces, &service_name(resource));
        sinks.push(over_otlp(&otlp, resource)?);
    }
    Ok(sinks)
}

/// The resource's `service.name`.
pub(crate) fn service_name(resource: &Resource) -> String {
    resource.get(&Key::from_static_str("service.name")).map(|name| name.to_string()).unwrap_or_default()
}

fn over_otlp(otlp: &Otlp, resource: &Resource) -> Result<NamedSink, ExportError> {
    let exporter = match otlp.protocol {
        Protocol::HttpProtobuf => "otlp_http_span_exporter",
        Protocol::HttpJson => "otlp_http_json_span_exporter",
        Protocol::Grpc => "otlp_grpc_span_exporter",
    };
    Ok((exporter, Box::new(backend(otlp, resource)?)))
}

pub(crate) fn backend(otlp: &Otlp, resource: &Resource) -> Result<Backend, ExportError> {
    Ok(Backend {
        transport: Transport::new(otlp)?,
        endpoint: otlp
            .endpoint
            .parse()
            .map_err(|error: ::http::uri::InvalidUri| ExportError::Endpoint(error.into()))?,
        headers: headers(otlp),
        gzip: otlp.gzip,
        json: otlp.protocol == Protocol::HttpJson,
        encoder: Encoder::new(resource),
        limits: (otlp.vendor == Vendor::Honeycomb).then_some(&HONEYCOMB),
    })
}

/// The configured headers. Invalid ones were left out when the environment was read.
fn headers(otlp: &Otlp) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &otlp.headers {
        if let (Ok(name), Ok(mut value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            // Headers hold API keys of backends, which must not be printed.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers
}
