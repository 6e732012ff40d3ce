//! Any headers, to every format at once: nothing panics, what is taken can be sent, and what is sent reads back as the same.
//!
//! Each line of the input is a header: its first byte says which, the rest is its value. The formats are asked through OpenTelemetry's
//! own API, as `telemetry` installs them.
#![no_main]

use std::collections::HashMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, global};

const NAMES: [&str; 9] = [
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
    "x-b3-flags",
    "x-amzn-trace-id",
];

/// The headers that each format alone is made of.
const FORMATS: [&[&str]; 4] = [
    &["traceparent", "tracestate"],
    &["b3"],
    &["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"],
    &["x-amzn-trace-id"],
];

const MAX_BAGGAGE: usize = 8192;
const MAX_BAGGAGE_MEMBERS: usize = 64;

static STARTED: LazyLock<telemetry::Telemetry> = LazyLock::new(|| {
    let variables = |name: &str| match name {
        "OTEL_PROPAGATORS" => Some("tracecontext,baggage,b3,b3multi,xray".to_owned()),
        "OTEL_TRACES_EXPORTER" | "OTEL_METRICS_EXPORTER" | "OTEL_LOGS_EXPORTER" => Some("none".to_owned()),
        "TELEMETRY_BAGGAGE_ALLOW" => Some("*".to_owned()),
        _ => None,
    };
    let service = telemetry::Service { name: "fuzz", version: "0" };
    telemetry::init_from(service, &variables).expect("telemetry starts")
});

/// Headers that may come more than once.
struct Headers(Vec<(&'static str, String)>);

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> =
            self.0.iter().filter(|(name, _)| *name == key).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then_some(values)
    }
}

fn extracted(headers: &dyn Extractor) -> Context {
    global::get_text_map_propagator(|formats| formats.extract_with_context(&Context::new(), headers))
}

fn injected(context: &Context) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    global::get_text_map_propagator(|formats| formats.inject_context(context, &mut headers));
    headers
}

fn ids(context: &Context) -> (SpanContext, bool) {
    let span = context.span();
    (span.span_context().clone(), span.span_context().is_sampled())
}

fuzz_target!(|data: &[u8]| {
    LazyLock::force(&STARTED);
    let lines = data.split(|byte| *byte == b'\n').filter_map(|line| line.split_first());
    let headers = lines.map(|(name, value)| {
        (NAMES[usize::from(*name) % NAMES.len()], String::from_utf8_lossy(value).into_owned())
    });
    let context = extracted(&Headers(headers.collect()));
    let sent = injected(&context);
    for (name, value) in &sent {
        assert!(http::HeaderValue::from_str(value).is_ok(), "{name}: {value:?}");
    }

    let (taken, sampled) = ids(&context);
    if !taken.is_valid() {
        // Garbage begins a new trace: nothing of it goes on.
        assert!(sent.keys().all(|name| name == "baggage"), "{sent:?}");
    }
    for format in FORMATS.iter().filter(|_| taken.is_valid()) {
        let alone: HashMap<String, String> =
            sent.iter().filter(|(name, _)| format.contains(&name.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect();
        let (back, back_sampled) = ids(&extracted(&alone));
        assert_eq!((back.trace_id(), back.span_id()), (taken.trace_id(), taken.span_id()), "{alone:?}");
        assert_eq!(back_sampled, sampled, "{alone:?}");
    }

    // What was sent once is sent again as it is, the trace state with it.
    let again = injected(&extracted(&sent));
    for name in ["traceparent", "tracestate"] {
        assert_eq!(sent.get(name), again.get(name));
    }
    let baggage = context.baggage();
    assert!(baggage.len() <= MAX_BAGGAGE_MEMBERS);
    assert!(sent.get("baggage").is_none_or(|header| header.len() <= MAX_BAGGAGE));
    let back = extracted(&sent);
    for (key, (value, _)) in back.baggage().iter() {
        assert_eq!(baggage.get(key.as_str()), Some(value), "{sent:?}");
    }
});
