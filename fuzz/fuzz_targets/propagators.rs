//! Extracts arbitrary headers with all propagators. Nothing panics, an extracted context can be injected, and it reads
//! back as the same.
//!
//! Each line of the input is a header: its first byte selects the name, the rest is the value. The propagators are
//! called through OpenTelemetry's API, as `telemetry` installs them.
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

/// The headers of each format.
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

/// Headers with repeated names.
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

fn extract(headers: &dyn Extractor) -> Context {
    global::get_text_map_propagator(|formats| formats.extract_with_context(&Context::new(), headers))
}

fn inject(context: &Context) -> HashMap<String, String> {
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
    let context = extract(&Headers(headers.collect()));
    let sent = inject(&context);
    for (name, value) in &sent {
        assert!(http::HeaderValue::from_str(value).is_ok(), "{name}: {value:?}");
    }

    let (extracted, sampled) = ids(&context);
    if !extracted.is_valid() {
        // Invalid headers start a new trace: nothing of them is propagated.
        assert!(sent.keys().all(|name| name == "baggage"), "{sent:?}");
    }
    for format in FORMATS.iter().filter(|_| extracted.is_valid()) {
        let alone: HashMap<String, String> = sent
            .iter()
            .filter(|(name, _)| format.contains(&name.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let (back, reread_sampled) = ids(&extract(&alone));
        assert_eq!(
            (back.trace_id(), back.span_id()),
            (extracted.trace_id(), extracted.span_id()),
            "{alone:?}"
        );
        assert_eq!(reread_sampled, sampled, "{alone:?}");
    }

    // A context of W3C is injected again unchanged, including flags and trace state. Beside other formats, the last one counts,
    // and keeps the trace state only if it names the same span.
    let w3c = ["traceparent", "tracestate"];
    let alone: HashMap<String, String> =
        w3c.iter().filter_map(|name| Some(((*name).to_owned(), sent.get(*name)?.clone()))).collect();
    let again = inject(&extract(&alone));
    for name in w3c {
        assert_eq!(sent.get(name), again.get(name));
    }
    // The headers of all formats name the same span, so that none costs the trace state.
    assert_eq!(inject(&extract(&sent)).get("tracestate"), sent.get("tracestate"));
    let baggage = context.baggage();
    assert!(baggage.len() <= MAX_BAGGAGE_MEMBERS);
    assert!(sent.get("baggage").is_none_or(|header| header.len() <= MAX_BAGGAGE));
    let back = extract(&sent);
    for (key, (value, _)) in back.baggage().iter() {
        assert_eq!(baggage.get(key.as_str()), Some(value), "{sent:?}");
    }
});
