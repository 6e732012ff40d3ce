//! The builder: lines in other forms, and layers of the application.

use telemetry::{InitError, LogFilterError, LogFormat, Telemetry};
use tracing::info_span;
use tracing_error::{ErrorLayer, SpanTrace};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use super::{SERVICE, work};

/// JSON lines to a writer, with a filter that changes.
pub(super) fn builder_json() -> Result<Telemetry, InitError> {
    let builder = telemetry::builder(SERVICE).variables(&|name| match name {
        "RUST_LOG" => Some("error".to_owned()),
        name => std::env::var(name).ok(),
    });
    let telemetry = builder.log_format(LogFormat::Json).log_writer(std::io::stdout()).init()?;
    work();
    assert_eq!(
        telemetry.set_log_filter("neighbours=x"),
        Err(LogFilterError::Invalid("neighbours=x".to_owned()))
    );
    assert_eq!(telemetry.set_log_filter("off,neighbours=debug"), Ok(()));
    work();
    Ok(telemetry)
}

/// A layer of the application, and lines as of `init`.
pub(super) fn builder_layers() -> Result<Telemetry, InitError> {
    let own =
        fmt::layer().json().with_writer(std::io::stdout).with_filter(EnvFilter::new("neighbours=error"));
    let builder = telemetry::builder(SERVICE).with(ErrorLayer::default()).with(own);
    let telemetry = builder.log_writer(std::io::stdout()).init()?;
    work();
    assert_eq!(telemetry.set_log_filter("neighbours=debug"), Ok(()));
    work();
    println!("{}", info_span!("traced", app.id = 8).in_scope(SpanTrace::capture));
    Ok(telemetry)
}

pub(super) fn builder_off() -> Result<Telemetry, InitError> {
    let telemetry =
        telemetry::builder(SERVICE).log_format(LogFormat::Off).log_writer(std::io::stdout()).init()?;
    work();
    assert_eq!(telemetry.set_log_filter("info"), Err(LogFilterError::NoLines));
    Ok(telemetry)
}
