//! The layer beside other layers, each combination in a process of its own, for the tests.
//!
//! The first argument selects the combination. The process prints what the other layers saw, and exports its spans to
//! `OTEL_EXPORTER_OTLP_ENDPOINT`.

use std::error::Error;
use std::sync::Arc;

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError};
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use opentelemetry::global;
use opentelemetry::trace::{Span as _, Tracer, TracerProvider as _};
use sentry_core::test::TestTransport;
use sentry_core::{ClientOptions, Hub};
use telemetry::server::Tracing;
use telemetry::{InitError, LogFilterError, LogFormat, Service, Telemetry};
use tracing::level_filters::LevelFilter;
use tracing::{Span, debug, debug_span, error, info, info_span};
use tracing_error::{ErrorLayer, SpanTrace};
use tracing_flame::FlameLayer;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry};

const SERVICE: Service<'_> = Service { name: "neighbours", version: "0" };

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = match std::env::args().nth(1).as_deref() {
        Some("fmt-text") => fmt_text()?,
        Some("fmt-json") => fmt_json()?,
        Some("filters") => filters()?,
        Some("filter-of-all-layers") => filter_of_all_layers()?,
        Some("span-trace") => span_trace()?,
        Some("sentry") => sentry()?,
        Some("thread") => thread()?,
        Some("within-init") => within_init()?,
        Some("globals") => globals()?,
        Some("second-init") => second_init()?,
        Some("builder-json") => builder_json()?,
        Some("builder-layers") => builder_layers()?,
        Some("builder-off") => builder_off()?,
        Some("log-records") => log_records()?,
        Some("log-records-layers") => log_records_layers()?,
        Some("other-logger") => other_logger()?,
        Some("flame") => flame()?,
        Some("handler-errors") => handler_errors()?,
        Some("handler-errors-layer") => handler_errors_layer()?,
        other => return Err(format!("unknown combination {other:?}: see the source").into()),
    };
    telemetry.shutdown()?;
    Ok(())
}

/// `outer`, below it `detail` at DEBUG, and below that `inner` and `explicit`, which names `detail` as its parent.
fn work() {
    info_span!("outer", app.id = 7).in_scope(|| {
        let detail = debug_span!("detail");
        detail.in_scope(|| {
            debug!("in detail");
            info_span!("inner").in_scope(|| info!(app.step = 1, "half-way"));
            info_span!(parent: &detail, "explicit").in_scope(|| {});
        });
        error!("it failed");
    });
}

/// Records of the `log` crate.
fn write_records() {
    info_span!("outer").in_scope(|| {
        log::info!(target: "sqlx::query", "a record");
        log::warn!(target: "rustls::client", "of a transport");
        log::debug!("with detail");
    });
}

/// The second argument is the file of the flame graph.
fn flame() -> Result<Telemetry, Box<dyn Error>> {
    let file = std::env::args().nth(2).ok_or("the file is missing")?;
    let (flames, guard) = FlameLayer::with_file(file)?;
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    registry().with(flames).with(layer).init();
    work();
    guard.flush()?;
    Ok(telemetry)
}

/// Requests to handlers that return errors.
fn serve_errors() {
    actix_web::rt::System::new().block_on(async {
        let fails = async || Err::<&str, _>(ErrorInternalServerError("db is gone"));
        let rejects = async || Err::<&str, _>(ErrorBadRequest("no number"));
        let app = App::new()
            .wrap(Tracing::new())
            .route("/fails/{id}", web::get().to(fails))
            .route("/rejects", web::get().to(rejects));
        let app = test::init_service(app).await;
        for path in ["/fails/7", "/rejects"] {
            test::call_service(&app, TestRequest::get().uri(path).to_request()).await;
        }
    });
}

fn handler_errors() -> Result<Telemetry, InitError> {
    let telemetry = telemetry::init_from(SERVICE, &lines_from_info)?;
    serve_errors();
    Ok(telemetry)
}

fn handler_errors_layer() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().json().with_filter(EnvFilter::new("debug,tracing_actix_web=off"));
    registry().with(lines).with(layer).init();
    serve_errors();
    Ok(telemetry)
}

fn log_records() -> Result<Telemetry, InitError> {
    let telemetry = telemetry::init_from(SERVICE, &lines_from_info)?;
    write_records();
    Ok(telemetry)
}

fn log_records_layers() -> Result<Telemetry, InitError> {
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
fn other_logger() -> Result<Telemetry, InitError> {
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
fn lines_from_info(name: &str) -> Option<String> {
    if name == "RUST_LOG" { None } else { std::env::var(name).ok() }
}

fn fmt_text() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().with_writer(std::io::stdout).with_filter(EnvFilter::new("neighbours=debug"));
    registry().with(layer).with(lines).init();
    work();
    Ok(telemetry)
}

fn fmt_json() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().json().with_writer(std::io::stdout);
    registry().with(lines).with(layer).init();
    work();
    Ok(telemetry)
}

/// Two filters, each for one layer.
fn filters() -> Result<Telemetry, InitError> {
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
fn filter_of_all_layers() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let lines = fmt::layer().with_writer(std::io::stdout);
    registry().with(EnvFilter::new("warn")).with(lines).with(layer).init();
    for _ in 0..2 {
        let message =
            telemetry::messaging::Messages { system: "test", destination: "queue", count: 1, id: None };
        assert!(message.send().is_disabled());
    }
    Ok(telemetry)
}

fn span_trace() -> Result<Telemetry, InitError> {
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

fn sentry() -> Result<Telemetry, InitError> {
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

/// The subscriber of one thread only.
fn thread() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let subscriber = registry().with(layer).with(fmt::layer().with_writer(std::io::sink));
    let thread = std::thread::spawn(|| tracing::subscriber::with_default(subscriber, work));
    info_span!("elsewhere").in_scope(|| println!("{:?}", telemetry::trace_id_of_current()));
    thread.join().map_err(|_| InitError::AlreadySet)?;
    Ok(telemetry)
}

/// The layer as the subscriber of a scope, within a span of `init`.
fn within_init() -> Result<Telemetry, InitError> {
    let outermost = telemetry::init(SERVICE)?;
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let root = info_span!("root");
    root.in_scope(|| {
        let before = (Span::current().id(), telemetry::trace_id_of_current());
        let subscriber = registry().with(layer).with(fmt::layer().with_writer(std::io::sink));
        tracing::subscriber::with_default(subscriber, || {
            assert!(Span::current().id().is_none(), "the scope has no span yet");
            work();
            // The ids of two subscribers are unrelated, and may be equal.
            root.in_scope(|| info_span!("again").in_scope(|| {}));
        });
        assert_eq!((Span::current().id(), telemetry::trace_id_of_current()), before);
    });
    drop(root);
    drop(telemetry);
    Ok(outermost)
}

fn has_valid_ids(span: &impl opentelemetry::trace::Span) -> bool {
    span.span_context().is_valid()
}

fn globals() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let fields = || global::get_text_map_propagator(|propagator| propagator.fields().count());
    registry().with(layer).init();
    println!("{} {}", has_valid_ids(&global::tracer("api").start("before")), fields());
    telemetry.install_globally();
    info_span!("outer").in_scope(|| {
        let mut span = global::tracer("api").start("of the api");
        println!("{} {}", has_valid_ids(&span), fields());
        span.end();
    });
    Ok(telemetry)
}

fn second_init() -> Result<Telemetry, InitError> {
    let telemetry = telemetry::init(SERVICE)?;
    match telemetry::init(Service { name: "second", version: "0" }) {
        Err(error @ InitError::AlreadySet) => println!("{error}"),
        other => panic!("{other:?}"),
    }
    // A default of this thread does not hide the global subscriber.
    let hidden = tracing::subscriber::with_default(registry(), || telemetry::init(SERVICE).is_err());
    assert!(hidden);
    info_span!("outer").in_scope(|| global::tracer_provider().tracer("api").start("of the api").end());
    Ok(telemetry)
}

/// JSON lines to a writer, with a filter that changes.
fn builder_json() -> Result<Telemetry, InitError> {
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
fn builder_layers() -> Result<Telemetry, InitError> {
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

fn builder_off() -> Result<Telemetry, InitError> {
    let telemetry =
        telemetry::builder(SERVICE).log_format(LogFormat::Off).log_writer(std::io::stdout()).init()?;
    work();
    assert_eq!(telemetry.set_log_filter("info"), Err(LogFilterError::NoLines));
    Ok(telemetry)
}
