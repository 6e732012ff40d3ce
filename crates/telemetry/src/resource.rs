//! Who this process is, as every export says it.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;

use crate::env::Settings;

/// Who this process is, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Service<'a> {
    /// `service.name`
    pub name: &'a str,
    /// `service.version`, best `env!("CARGO_PKG_VERSION")`
    pub version: &'a str,
}

/// `OTEL_SERVICE_NAME` before `OTEL_RESOURCE_ATTRIBUTES` before what the program says of itself.
pub(crate) fn resource(service: Service<'_>, settings: &Settings) -> Resource {
    let instance = uuid::Uuid::new_v4().to_string();
    let own = [
        ("service.name", service.name),
        ("service.version", service.version),
        ("service.instance.id", &instance),
        ("telemetry.distro.name", "telemetry-rust"),
        ("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
    ];
    let own = own.into_iter().map(|(key, value)| KeyValue::new(key, value.to_owned()));
    let environment = settings.resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let name = settings.service_name.iter().map(|name| KeyValue::new("service.name", name.clone()));
    // Of two attributes with one key the last one stays.
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(own.chain(environment).chain(name))
        .build()
}
