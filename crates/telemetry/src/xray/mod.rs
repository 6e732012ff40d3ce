//! AWS X-Ray as a destination of spans (`TELEMETRY_XRAY`).
//!
//! - `exporter`: spans to the OTLP endpoint, `answer`: what its answers mean
//! - `signature`: AWS Signature Version 4; `credentials`: what it is made with; `timestamp`: times as AWS writes them
//! - `sampler`: sampling by X-Ray's rules
//! - `daemon`: segment documents to the X-Ray daemon; `segment`: the documents

mod answer;
mod credentials;
mod daemon;
mod exporter;
mod sampler;
mod segment;
mod signature;
mod timestamp;

use opentelemetry_sdk::Resource;

pub(crate) use self::daemon::Daemon;
pub(crate) use self::exporter::Exporter;
pub(crate) use self::sampler::RemoteSampler;
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
        Some(Xray::Daemon { address, .. }) => {
            let daemon = Daemon::new(address.clone(), resource);
            Ok(Some(("xray_daemon_span_exporter", Box::new(daemon))))
        }
        None => Ok(None),
    }
}
