//! Round trips: JSON that is written, read and written again is byte-identical.

use opentelemetry_proto::tonic::{
    common::v1::{KeyValueList, any_value::Value as ProtoValue},
    trace::v1::Span,
};
use proptest::{collection::vec, prelude::*};
use prost::Message;
use serde_json::json;
use trace_model::{
    LogRecord, Origin, Span as ModelSpan, TraceId, jaeger,
    otlp::{LogsJson, TracesJson, read_logs, read_traces},
    trace_file,
};

use crate::{
    arbitrary::{self, key_value},
    reference,
};

/// Accepted spans of a request.
fn spans(body: &[u8]) -> Vec<(Origin<'_>, ModelSpan<'_>)> {
    let mut spans = Vec::new();
    let _ = read_traces(body, |_, origin, span| spans.push((*origin, span)));
    spans
}

fn otlp(body: &[u8]) -> String {
    serde_json::to_string(&TracesJson(&spans(body))).unwrap()
}

fn records(body: &[u8]) -> Vec<(Origin<'_>, LogRecord<'_>)> {
    let mut records = Vec::new();
    let _ = read_logs(body, |_, origin, record| records.push((*origin, record)));
    records
}

fn otlp_logs(body: &[u8]) -> String {
    serde_json::to_string(&LogsJson(&records(body))).unwrap()
}

/// Spans and log records in one JSON object.
fn otlp_file(traces: &[u8], logs: &[u8]) -> String {
    otlp(traces).trim_end_matches('}').to_owned() + "," + otlp_logs(logs).trim_start_matches('{')
}

/// All traces of the request, as in a response of Jaeger's API.
fn jaeger_json(body: &[u8]) -> String {
    let spans = spans(body);
    let mut ids: Vec<TraceId> = spans.iter().map(|(_, span)| span.trace_id).collect();
    ids.dedup();
    ids.sort_unstable();
    ids.dedup();
    let data: Vec<_> = ids.into_iter().map(|id| jaeger::Trace::new(id, &spans)).collect();
    json!({"data": data}).to_string()
}

proptest! {
    #[test]
    fn otlp_json_keeps_every_field_of_a_span(body in arbitrary::traces()) {
        let written = otlp(&body);
        let back = trace_file::to_requests(written.as_bytes()).unwrap().traces;
        prop_assert_eq!(otlp(&back), written);
    }

    #[test]
    fn otlp_json_keeps_every_field_of_a_log_record(traces in arbitrary::traces(), logs in arbitrary::logs()) {
        let written = otlp_file(&traces, &logs);
        let back = trace_file::to_requests(written.as_bytes()).unwrap();
        prop_assert_eq!(otlp_file(&back.traces, &back.logs), written);
        for ((_, given), (_, found)) in records(&logs).into_iter().zip(records(&back.logs)) {
            prop_assert_eq!(format!("{:?}", given.body()), format!("{:?}", found.body()));
            prop_assert_eq!((given.time, given.timestamp), (found.time, found.timestamp));
            prop_assert_eq!(given.observed_timestamp, found.observed_timestamp);
            prop_assert_eq!((given.trace_id, given.span_id), (found.trace_id, found.span_id));
            prop_assert_eq!((given.severity_number, given.severity_text), (found.severity_number, found.severity_text));
            prop_assert_eq!((given.event_name, given.flags), (found.event_name, found.flags));
            prop_assert_eq!(given.dropped_attributes, found.dropped_attributes);
        }
    }

    #[test]
    fn jaeger_json_is_identical_after_a_round_trip(body in arbitrary::traces()) {
        let written = jaeger_json(&body);
        let back = trace_file::to_requests(written.as_bytes()).unwrap().traces;
        prop_assert_eq!(jaeger_json(&back), written);
    }

    /// The same property as `fuzz/fuzz_targets/files.rs`.
    #[test]
    fn records_from_a_corrupted_file_survive_a_round_trip(
        traces in arbitrary::traces(),
        logs in arbitrary::logs(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        of_jaeger in any::<bool>(),
    ) {
        let mut json = if of_jaeger { jaeger_json(&traces) } else { otlp_file(&traces, &logs) }.into_bytes();
        for (place, byte) in damage {
            let place = place.index(json.len());
            json[place] = byte;
        }
        if let Ok(requests) = trace_file::to_requests(&json) {
            let written = otlp_file(&requests.traces, &requests.logs);
            let again = trace_file::to_requests(written.as_bytes()).unwrap();
            prop_assert_eq!(otlp_file(&again.traces, &again.logs), written);
        }
    }

    #[test]
    fn any_text_is_handled_without_panic(text in ".{0,120}") {
        let _ = trace_file::to_requests(text.as_bytes());
    }
}

#[test]
fn values_at_the_depth_limit_survive_a_round_trip() {
    let deepest =
        (1..trace_model::wire::MAX_DEPTH).fold(reference::value(ProtoValue::IntValue(1)), |inner, _| {
            let values = vec![key_value("k".into(), Some(inner))];
            reference::value(ProtoValue::KvlistValue(KeyValueList { values }))
        });
    let span = Span { attributes: vec![key_value("deep".into(), Some(deepest))], ..reference::full_span() };
    let body = reference::request(vec![span]).encode_to_vec();
    assert_eq!(spans(&body).len(), 1);
    let written = otlp(&body);
    assert_eq!(otlp(&trace_file::to_requests(written.as_bytes()).unwrap().traces), written);
}

#[test]
fn only_the_span_with_too_deeply_nested_values_is_rejected() {
    for (open, close) in
        [(r#"{"arrayValue":{"values":["#, "]}}"), (r#"{"kvlistValue":{"values":[{"value":"#, "}]}}")]
    {
        for levels in [49, 100_000] {
            let ids = |span: u8| format!(r#""traceId":"{:032x}","spanId":"{span:016x}""#, 1);
            let deep = format!("{}null{}", open.repeat(levels), close.repeat(levels));
            let json = format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{},"attributes":[{{"key":"k","value":{deep}}}]}},{{{}}}]}}]}}]}}"#,
                ids(1),
                ids(2)
            );
            let body = trace_file::to_requests(json.as_bytes()).unwrap().traces;
            let mut accepted = Vec::new();
            let rejected = read_traces(&body, |_, _, span| accepted.push(span.span_id.to_string())).unwrap();
            assert_eq!((accepted, rejected.records), (vec![format!("{:016x}", 2)], 1), "{open} {levels}");
            assert!(rejected.message("span").unwrap().contains("nested deeper"), "{rejected:?}");
        }
    }
    // Skipped fields may be nested to any depth.
    let ignored = format!(r#"{{"resourceSpans":[],"more":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(trace_file::to_requests(ignored.as_bytes()).unwrap().traces.is_empty());
}

#[test]
fn a_file_may_hold_several_requests_and_known_envelopes() {
    let one = otlp(&reference::request(vec![reference::full_span()]).encode_to_vec());
    for (file, expected) in [
        (one.clone(), 1),
        (format!("{one}\n{one}\n\n{one}\n"), 3),
        (format!(r#"{{"result":{one}}}"#), 1),
        (format!("{{\"result\":{one}}}\n{{\"result\":{one}}}"), 2),
        (format!(r#"{{"trace":{one}}}"#), 1),
        (one.replace("resourceSpans", "batches"), 1),
        (r#"{"resourceLogs":[]}"#.to_owned(), 0),
    ] {
        let body = trace_file::to_requests(file.as_bytes()).unwrap().traces;
        assert_eq!(spans(&body).len(), expected, "{file:.80}");
    }
    assert!(trace_file::to_requests(b"{} nonsense").is_err());
}

#[test]
fn jaeger_tags_and_references_become_fields() {
    let file = json!({"data": [{
        "traceID": "1",
        "processes": {"p1": {"serviceName": "shop", "tags": [{"key": "host", "type": "string", "value": "a"}]}},
        "spans": [{
            "traceID": "1", "spanID": "2", "operationName": "buy",
            "startTime": 1_000, "duration": 5, "processID": "p1", "flags": 1,
            "references": [{"refType": "CHILD_OF", "traceID": "1", "spanID": "3"},
                           {"refType": "FOLLOWS_FROM", "traceID": "9", "spanID": "8"}],
            "tags": [
                {"key": "error", "type": "bool", "value": true},
                {"key": "span.kind", "type": "string", "value": "server"},
                {"key": "n", "type": "int64", "value": 7}, {"key": "half", "type": "float64", "value": 0.5},
            ],
            "logs": [{"timestamp": 1_001, "fields": [{"key": "event", "type": "string", "value": "sent"}]}],
        }],
    }]});
    let body = trace_file::to_requests(file.to_string().as_bytes()).unwrap().traces;
    let spans = spans(&body);
    let (origin, span) = &spans[0];
    assert_eq!(origin.resource.service_name(), "shop");
    assert_eq!((span.kind.as_str(), span.status.code.as_str(), &*span.name), ("server", "error", "buy"));
    assert_eq!((span.start.as_unix(), span.duration(), span.flags), (1_000_000, 5_000, 1));
    assert_eq!(span.parent.unwrap().to_string(), "0000000000000003");
    assert_eq!(span.links().next().unwrap().span_id.unwrap().to_string(), "0000000000000008");
    let event = span.events().next().unwrap();
    assert_eq!((&*event.name, event.time.as_unix()), ("sent", 1_001_000));
    let keys: Vec<_> = span.attributes().map(|attribute| attribute.key.into_owned()).collect();
    assert_eq!(keys, ["n", "half"]);
    // A single trace without the envelope is read too.
    let single = file["data"][0].to_string();
    assert_eq!(trace_file::to_requests(single.as_bytes()).unwrap().traces, body);
}
