//! Attributes of the resource that the application adds, and what the environment may change of them.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use telemetry::{InitError, LogFormat, Service};
use tracing::info_span;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::Registry;

use crate::sink::Sink;

const SERVICE: Service<'_> = Service { name: "of-the-code", version: "1" };

#[test]
fn attributes_of_the_application_override_those_of_the_environment_in_all_signals() {
    let sink = Sink::start();
    let variables = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(sink.url.clone()),
        "OTEL_RESOURCE_ATTRIBUTES" => Some("host.name=a1,app.shard=1,service.version=2".to_owned()),
        "OTEL_SERVICE_NAME" => Some("of-the-environment".to_owned()),
        _ => None,
    };
    let builder = telemetry::builder(SERVICE)
        .variables(&variables)
        .with_resource_attributes([KeyValue::new("app.shard", 2), KeyValue::new("service.namespace", "x")])
        .with_resource_attributes([KeyValue::new("app.shard", 3)]);
    let (layer, telemetry) = builder.layer().expect("telemetry starts");
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        info_span!("work").in_scope(|| tracing::info!("at work"));
    });
    telemetry.flush(Duration::from_secs(30)).expect("the sink accepts everything");
    let resource = &sink.all()[0].resource;
    let text = |key: &str| match resource.get(key) {
        Some(Value::StringValue(text)) => text.as_str(),
        other => panic!("{key}: {other:?}"),
    };
    assert_eq!(resource["app.shard"], Value::IntValue(3));
    assert_eq!((text("service.namespace"), text("host.name")), ("x", "a1"));
    assert_eq!((text("service.name"), text("service.version")), ("of-the-environment", "2"));
    for signal in [
        format!("{:?}", sink.logs.lock().expect("no panic")),
        format!("{:?}", sink.metrics.lock().expect("no panic")),
    ] {
        assert!(signal.contains("service.namespace"), "{signal}");
    }
    telemetry.shutdown().expect("nothing is left");
}

#[test]
fn the_name_of_the_service_as_an_attribute_of_the_application_is_fixed() {
    let sink = Sink::start();
    let variables = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(sink.url.clone()),
        "OTEL_SERVICE_NAME" => Some("of-the-environment".to_owned()),
        _ => None,
    };
    let builder = telemetry::builder(SERVICE).variables(&variables);
    let builder = builder.with_resource_attributes([KeyValue::new("service.name", "fixed")]);
    let (layer, telemetry) = builder.layer().expect("telemetry starts");
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || drop(info_span!("work")));
    telemetry.shutdown().expect("the sink accepts everything");
    assert_eq!(sink.all()[0].resource["service.name"], Value::StringValue("fixed".to_owned()));
}

#[test]
fn a_layer_with_choices_of_its_subscriber_does_not_start() {
    let none = |_: &str| None;
    let builder = || telemetry::builder(SERVICE).variables(&none);
    for builder in [
        builder().log_format(LogFormat::Json),
        builder().log_writer(std::io::sink()),
        builder().with(tracing_subscriber::fmt::layer()),
    ] {
        let failure = builder.layer::<Registry>().map(|_| ()).expect_err("the layer prints no lines");
        assert!(matches!(failure, InitError::NotOfLayer), "{failure}");
    }
}
