//! A span exporter that keeps what it gets, written against OpenTelemetry's trait alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Value;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use telemetry::{Builder, Service, Telemetry};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    spans: Arc<Mutex<Vec<SpanData>>>,
    pub(crate) service: Arc<Mutex<String>>,
    pub(crate) shutdowns: Arc<Mutex<Vec<Duration>>>,
}

impl Memory {
    pub(crate) fn all(&self) -> Vec<SpanData> {
        self.spans.lock().expect("no panic").clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.all().into_iter().map(|span| span.name.into_owned()).collect()
    }

    /// The only span with this name.
    #[track_caller]
    pub(crate) fn named(&self, name: &str) -> SpanData {
        let mut found = self.all();
        found.retain(|span| span.name == name);
        assert_eq!(found.len(), 1, "{name}: {:?}", self.names());
        found.remove(0)
    }
}

impl SpanExporter for Memory {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.spans.lock().expect("no panic").extend(batch);
        Ok(())
    }

    fn shutdown_with_timeout(&self, limit: Duration) -> OTelSdkResult {
        self.shutdowns.lock().expect("no panic").push(limit);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        let name = resource.get(&"service.name".into()).map(|name| name.to_string());
        *self.service.lock().expect("no panic") = name.unwrap_or_default();
    }
}

/// The attributes of a span. No key occurs twice.
pub(crate) fn attributes(span: &SpanData) -> BTreeMap<&str, &Value> {
    let all: BTreeMap<_, _> =
        span.attributes.iter().map(|attribute| (attribute.key.as_str(), &attribute.value)).collect();
    assert_eq!(all.len(), span.attributes.len(), "{span:?}");
    all
}

/// Starts the layer for one thread, with these variables, and nothing else of the environment. Only spans are exported.
pub(crate) fn start(
    variables: &[(&str, &str)],
    choose: impl FnOnce(Builder<'_>) -> Builder<'_>,
) -> (Dispatch, Telemetry) {
    let variable = |name: &str| {
        let set = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        set.or_else(|| matches!(name, "OTEL_METRICS_EXPORTER" | "OTEL_LOGS_EXPORTER").then(|| "none".into()))
    };
    let builder = telemetry::builder(Service { name: "own-parts", version: "0" }).variables(&variable);
    let (layer, telemetry) = choose(builder).layer().expect("telemetry starts");
    (tracing_subscriber::registry().with(layer).into(), telemetry)
}
