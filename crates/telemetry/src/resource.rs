//! The resource: the attributes that identify this process in every export.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;

use crate::env::Settings;
use crate::semconv::SCHEMA_URL;

/// Name and version of this service. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` override them. It gets no further
/// fields: other attributes are those of [`Builder::with_resource_attributes`](crate::Builder::with_resource_attributes).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Service<'a> {
    /// `service.name`
    pub name: &'a str,
    /// `service.version`, usually `env!("CARGO_PKG_VERSION")`
    pub version: &'a str,
}

/// Builds the resource. `added` overrides `OTEL_SERVICE_NAME`, which overrides `OTEL_RESOURCE_ATTRIBUTES`, which overrides
/// `service`.
///
/// "Resource SDK" of the specification: attributes of the code have priority over those of the environment. [`Service`] is
/// the default that `OTEL_SERVICE_NAME` expects.
pub(crate) fn resource(service: Service<'_>, settings: &Settings, added: Vec<KeyValue>) -> Resource {
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
    // The last of several attributes with the same key wins.
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(own.chain(environment).chain(name).chain(added))
        .with_schema_url([], SCHEMA_URL)
        .build()
}
