//! AWS X-Ray as a destination of spans (`TELEMETRY_XRAY`).
//!
//! - `exporter`: spans to the OTLP endpoint, within its `limits`; `answer`: what its answers mean
//! - `signature`: AWS Signature Version 4; `credentials`: what it is made with; `timestamp`: times as AWS writes them

mod answer;
mod credentials;
mod exporter;
mod limits;
mod signature;
mod timestamp;

use opentelemetry_sdk::Resource;

pub(crate) use self::exporter::Exporter;
use crate::env::{Settings, Xray};
use crate::export::ExportError;
use crate::export::span_export::NamedSink;

/// The sink of spans for X-Ray; `None` when none are sent there.
pub(crate) fn span_sink(settings: &Settings, resource: &Resource) -> Result<Option<NamedSink>, ExportError> {
    match &settings.xray {
        Some(Xray::Otlp(xray)) => {
            let exporter = Exporter::new(xray, resource)?;
            Ok(Some(("otlp_http_span_exporter", Box::new(exporter))))
        }
        Some(Xray::Daemon { .. }) | None => Ok(None),
    }
}
