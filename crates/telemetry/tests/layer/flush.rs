//! `Telemetry::flush`: exports what was recorded so far, while telemetry goes on.

use std::time::{Duration, Instant};

use telemetry::{Service, Telemetry};
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::prelude::*;

use crate::closed_port::ClosedPort;
use crate::sink::Sink;

/// The layer for one thread, exporting to `url`, and nothing by itself.
fn start(url: String) -> (Dispatch, Telemetry) {
    let variables = move |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(url.clone()),
        "OTEL_BSP_SCHEDULE_DELAY" | "OTEL_BLRP_SCHEDULE_DELAY" | "OTEL_METRIC_EXPORT_INTERVAL" => {
            Some("600000".to_owned())
        }
        "OTEL_BSP_EXPORT_TIMEOUT" => Some("300".to_owned()),
        _ => None,
    };
    let service = Service { name: "flush", version: "0" };
    let (layer, telemetry) = telemetry::layer_from(service, &variables).expect("telemetry starts");
    (tracing_subscriber::registry().with(layer).into(), telemetry)
}

fn work(subscriber: &Dispatch, name: &'static str) {
    tracing::dispatcher::with_default(subscriber, || {
        info_span!("work", otel.name = name).in_scope(|| info!("at work"));
    });
}

#[test]
fn a_flush_exports_all_signals_and_telemetry_goes_on() {
    let sink = Sink::start();
    let (subscriber, telemetry) = start(sink.url.clone());
    work(&subscriber, "first");
    assert!(sink.all().is_empty());
    assert_eq!(telemetry.flush(Duration::from_secs(30)), Ok(()));
    let names = || sink.all().into_iter().map(|span| span.name).collect::<Vec<_>>();
    assert_eq!(names(), ["first"]);
    assert!(format!("{:?}", sink.logs.lock().expect("no panic")).contains("at work"));
    assert!(!sink.metrics.lock().expect("no panic").is_empty());
    work(&subscriber, "second");
    assert_eq!(telemetry.flush(Duration::from_secs(30)), Ok(()));
    assert_eq!(names(), ["first", "second"]);
    telemetry.shutdown().expect("nothing is left");
}

#[test]
fn a_flush_says_what_was_dropped() {
    let closed = ClosedPort::new();
    let (subscriber, telemetry) = start(closed.url());
    work(&subscriber, "refused");
    let failure = telemetry.flush(Duration::from_secs(30)).expect_err("nothing listens");
    assert_eq!((failure.waiting_spans, failure.dropped_spans), (0, 1), "{failure}");
    assert!(!failure.logs_exported && !failure.metrics_exported, "{failure}");
    assert_eq!(
        failure.to_string(),
        "the flush is incomplete: 1 spans were dropped, log records were not exported, metrics were not exported"
    );
}

#[test]
fn a_flush_ends_at_its_deadline() {
    // Connections are accepted by the kernel, and never answered.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (subscriber, telemetry) = start(format!("http://{}", silent.local_addr().expect("an address")));
    work(&subscriber, "unanswered");
    let began = Instant::now();
    let failure = telemetry.flush(Duration::from_millis(50)).expect_err("nobody answers");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((failure.waiting_spans, failure.logs_exported), (1, false), "{failure}");
}
