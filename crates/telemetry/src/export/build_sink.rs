//! Builds the sink of spans from the settings.

use ::http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use opentelemetry_sdk::Resource;

use super::backend::Backend;
use super::console;
use super::error::ExportError;
use super::sink::Sink;
use super::transport::Transport;
use crate::env::{Exporter, Otlp, Protocol};
use crate::otlp::Encoder;

/// The sink of spans; `None` when they are not exported.
pub(crate) fn span_sink(
    exporter: &Exporter,
    resource: &Resource,
) -> Result<Option<Box<dyn Sink>>, ExportError> {
    Ok(match exporter {
        Exporter::None => None,
        Exporter::Console => Some(Box::new(console::Console)),
        Exporter::Otlp(otlp) => Some(Box::new(backend(otlp, resource)?)),
    })
}

fn backend(otlp: &Otlp, resource: &Resource) -> Result<Backend, ExportError> {
    Ok(Backend {
        transport: Transport::new(otlp)?,
        endpoint: otlp
            .endpoint
            .parse()
            .map_err(|error: ::http::uri::InvalidUri| ExportError::Endpoint(error.into()))?,
        headers: headers(otlp),
        gzip: otlp.gzip,
        json: otlp.protocol == Protocol::HttpJson,
        encoder: Encoder::new(resource.iter()),
    })
}

/// The user agent and the configured headers. Invalid headers were left out when the environment was read.
fn headers(otlp: &Otlp) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let agent = concat!("telemetry-rust/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    for (name, value) in &otlp.headers {
        if let (Ok(name), Ok(mut value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            // Headers hold API keys of backends, which must not be printed.
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers
}
