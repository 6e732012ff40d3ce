//! Subscribers of threads and scopes, a second start, and OpenTelemetry's globals.

use opentelemetry::global;
use opentelemetry::trace::{Span as _, Tracer, TracerProvider as _};
use telemetry::{InitError, Service, Telemetry};
use tracing::{Span, info_span};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry};

use super::{SERVICE, work};

/// The subscriber of one thread only.
pub(super) fn thread() -> Result<Telemetry, InitError> {
    let (layer, telemetry) = telemetry::layer(SERVICE)?;
    let subscriber = registry().with(layer).with(fmt::layer().with_writer(std::io::sink));
    let thread = std::thread::spawn(|| tracing::subscriber::with_default(subscriber, work));
    info_span!("elsewhere").in_scope(|| println!("{:?}", telemetry::trace_id_of_current()));
    thread.join().map_err(|_| InitError::AlreadySet)?;
    Ok(telemetry)
}

/// The layer as the subscriber of a scope, within a span of `init`.
pub(super) fn within_init() -> Result<Telemetry, InitError> {
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

pub(super) fn globals() -> Result<Telemetry, InitError> {
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

/// `let _ =` drops the value of `init` at once.
pub(super) fn dropped_at_once() -> Result<Telemetry, InitError> {
    let _ = telemetry::init(SERVICE)?;
    for _ in 0..2 {
        info_span!("lost").in_scope(|| {});
    }
    let (_, telemetry) = telemetry::layer::<tracing_subscriber::Registry>(SERVICE)?;
    Ok(telemetry)
}

pub(super) fn second_init() -> Result<Telemetry, InitError> {
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
