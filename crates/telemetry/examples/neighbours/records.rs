//! Records of the `log` crate.

use telemetry::{InitError, LogFormat, Telemetry};
use tracing::info_span;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use super::SERVICE;

/// Records of the `log` crate.
fn write_records() {
    info_span!("outer").in_scope(|| {
        log::info!(target: "sqlx::query", "a record");
        log::warn!(target: "rustls::client", "of a transport");
        log::debug!("with detail");
    });
}

pub(super) fn log_records() -> Result<Telemetry, InitError> {
    let telemetry = telemetry::init_from(SERVICE, &lines_from_info)?;
    write_records();
    Ok(telemetry)
}

pub(super) fn log_records_layers() -> Result<Telemetry, InitError> {
    let lines = fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::WARN);
    let telemetry = telemetry::builder(SERVICE)
        .variables(&lines_from_info)
        .log_format(LogFormat::Json)
        .with(lines)
        .init()?;
    write_records();
    Ok(telemetry)
}

/// A process that has a logger keeps it.
pub(super) fn other_logger() -> Result<Telemetry, InitError> {
    struct Print;
    impl log::Log for Print {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            println!("other {}", record.args());
        }
        fn flush(&self) {}
    }
    log::set_logger(&Print).map_err(|_| InitError::AlreadySet)?;
    log::set_max_level(log::LevelFilter::Info);
    log_records()
}

/// The environment without `RUST_LOG`.
pub(super) fn lines_from_info(name: &str) -> Option<String> {
    if name == "RUST_LOG" { None } else { std::env::var(name).ok() }
}
