//! Layers of other libraries.

use std::error::Error;
use std::sync::Arc;

use sentry_core::test::TestTransport;
use sentry_core::{ClientOptions, Hub};
use telemetry::{InitError, Telemetry};
use tracing::info_span;
use tracing::level_filters::LevelFilter;
use tracing_error::{ErrorLayer, SpanTrace};
use tracing_flame::FlameLayer;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry};

use super::{SERVICE, work};

pub(super) fn fmt_text() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().with_writer(std::io::stdout).with_filter(EnvFilter::new("neighbours=debug"));
    registry().with(layer).with(lines).init();
    work();
    Ok(telemetry)
}

pub(super) fn fmt_json() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().json().with_writer(std::io::stdout);
    registry().with(lines).with(layer).init();
    work();
    Ok(telemetry)
}

/// Two filters, each for one layer.
pub(super) fn filters() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let errors =
        fmt::layer().with_target(false).with_writer(std::io::stdout).with_filter(EnvFilter::new("error"));
    let details = EnvFilter::new("off,neighbours[detail]=debug");
    let details = fmt::layer().json().with_writer(std::io::stdout).with_filter(details);
    registry().with(errors).with(layer).with(details).init();
    work();
    Ok(telemetry)
}

/// A filter that is itself a layer applies to all layers, and to this crate's spans.
pub(super) fn filter_of_all_layers() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().with_writer(std::io::stdout);
    registry().with(EnvFilter::new("warn")).with(lines).with(layer).init();
    for _ in 0..2 {
        let message = telemetry::messaging::Messages::new("test", "queue");
        assert!(message.send().is_disabled());
    }
    Ok(telemetry)
}

/// The same, with a filter that disables this crate's events, too.
pub(super) fn filter_of_one_target() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().with_writer(std::io::stdout);
    registry().with(EnvFilter::new("neighbours=debug")).with(lines).with(layer).init();
    assert!(telemetry::messaging::Messages::new("test", "queue").send().is_disabled());
    Ok(telemetry)
}

/// A filter around the layer of this crate. Other layers see its spans.
pub(super) fn filter_of_the_layer() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().with_writer(std::io::stdout).with_filter(LevelFilter::INFO);
    registry().with(lines).with(layer.with_filter(LevelFilter::WARN)).init();
    assert!(!telemetry::messaging::Messages::new("test", "queue").send().is_disabled());
    Ok(telemetry)
}

pub(super) fn span_trace() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    registry().with(ErrorLayer::default()).with(layer).init();
    info_span!("outer", app.id = 7).in_scope(|| {
        let trace = info_span!("inner", app.step = 1).in_scope(SpanTrace::capture);
        println!("{trace}");
        // An error handler may ask for the ids while it visits the spans.
        trace.with_spans(|metadata, fields| {
            println!("{} {fields} {}", metadata.name(), telemetry::trace_id_of_current().is_some());
            true
        });
    });
    Ok(telemetry)
}

pub(super) fn sentry() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let transport = TestTransport::new();
    let options = ClientOptions::new()
        .dsn("https://public@sentry.invalid/1")
        .traces_sample_rate(1.0)
        .transport(transport.clone());
    Hub::current().bind_client(Some(Arc::new(options.into())));
    let spans = sentry_tracing::SpanLayer::new().with_filter(LevelFilter::INFO);
    let errors = sentry_tracing::ErrorLayer::new().with_filter(LevelFilter::ERROR);
    let everything = fmt::layer().with_writer(std::io::sink);
    registry().with(spans).with(errors).with(everything).with(layer).init();
    work();
    for envelope in transport.fetch_and_clear_envelopes() {
        for item in envelope.items() {
            match item {
                sentry_core::protocol::EnvelopeItem::Event(event) => {
                    println!("event {}", event.message.as_deref().unwrap_or_default());
                }
                sentry_core::protocol::EnvelopeItem::Transaction(transaction) => {
                    println!("transaction {}", transaction.name.as_deref().unwrap_or_default());
                }
                _ => {}
            }
        }
    }
    Ok(telemetry)
}

/// The second argument is the file of the flame graph.
pub(super) fn flame() -> Result<Telemetry, Box<dyn Error>> {
    let file = std::env::args().nth(2).ok_or("the file is missing")?;
    let (flames, guard) = FlameLayer::with_file(file)?;
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    registry().with(flames).with(layer).init();
    work();
    guard.flush()?;
    Ok(telemetry)
}
