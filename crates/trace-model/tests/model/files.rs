//! Trace files of each format: `fuzz/seeds/files` has one of each.

use proptest::prelude::*;
use trace_model::{
    Origin, Span, Value,
    otlp::{read_logs, read_traces, traces_to_protobuf},
    trace_file::{self, FileError, Requests},
};

/// Files, each with its spans.
const FILES: [(&str, &[u8], usize); 8] = [
    ("go-stdout", include_bytes!("../../../../fuzz/seeds/files/go-stdout"), 2),
    ("go-stdout-pretty", include_bytes!("../../../../fuzz/seeds/files/go-stdout-pretty"), 1),
    ("python-console", include_bytes!("../../../../fuzz/seeds/files/python-console"), 2),
    ("zipkin", include_bytes!("../../../../fuzz/seeds/files/zipkin"), 2),
    ("zipkin-traces", include_bytes!("../../../../fuzz/seeds/files/zipkin-traces"), 2),
    ("tempo", include_bytes!("../../../../fuzz/seeds/files/tempo"), 1),
    ("otlp-array", include_bytes!("../../../../fuzz/seeds/files/otlp-array"), 2),
    ("jaeger-array", include_bytes!("../../../../fuzz/seeds/files/jaeger-array"), 2),
];

fn file(name: &str) -> Requests {
    let (_, bytes, _) = FILES.iter().find(|(file, ..)| *file == name).unwrap();
    trace_file::to_requests(bytes).unwrap()
}

fn spans(requests: &Requests) -> Vec<(Origin<'_>, Span<'_>)> {
    let mut spans = Vec::new();
    let rejected = read_traces(&requests.traces, |_, origin, span| spans.push((*origin, span))).unwrap();
    assert_eq!(rejected.records, 0, "{rejected:?}");
    spans
}

fn attributes(span: &Span<'_>) -> Vec<String> {
    let value = |value: &Value<'_>| match value {
        Value::Array(array) => format!("{:?}", array.iter().collect::<Vec<_>>()),
        value => format!("{value:?}"),
    };
    span.attributes().map(|attribute| format!("{}={}", attribute.key, value(&attribute.value))).collect()
}

#[test]
fn every_format_is_read_to_its_last_span() {
    for (name, bytes, expected) in FILES {
        let requests = trace_file::to_requests(bytes).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(spans(&requests).len(), expected, "{name}");
    }
}

#[test]
fn the_same_call_has_the_same_fields_in_every_format() {
    for name in ["go-stdout", "python-console", "zipkin", "tempo"] {
        let requests = file(name);
        let found = spans(&requests);
        let (origin, span) = &found[0];
        assert_eq!(origin.resource.service_name(), "bank", "{name}");
        assert!(span.trace_id.to_string().ends_with("a3ce929d0e0e4736"), "{name}");
        assert_eq!(span.span_id.to_string(), "00f067aa0ba902b7", "{name}");
        assert_eq!(span.parent.unwrap().to_string(), "a2fb4a1d1a96d312", "{name}");
        assert_eq!((&*span.name, span.kind.as_str()), ("charge", "server"), "{name}");
        assert_eq!((span.status.code.as_str(), &*span.status.message), ("error", "no funds"), "{name}");
        assert_eq!(span.start.as_unix() / 1_000, 1_715_938_200_123_456, "{name}");
        assert_eq!(span.end.as_unix(), 1_715_938_200_200_000_000, "{name}");
        if name == "tempo" {
            continue;
        }
        let event = span.events().next().unwrap();
        assert_eq!(event.time.as_unix(), 1_715_938_200_150_000_000, "{name}");
        let (open_origin, open) = &found[1];
        assert_eq!((&*open.name, open.parent, open.kind.as_str()), ("open", None, "internal"), "{name}");
        assert_eq!(open.start.as_unix(), 1_715_938_200_130_000_000, "{name}");
        assert_eq!(open_origin.resource.raw, origin.resource.raw, "{name}");
        assert_eq!(requests.clamped_times, 0, "{name}: an end that is missing is not out of range");
    }
}

#[test]
fn what_only_one_format_has_is_kept() {
    let requests = file("go-stdout");
    let (origin, span) = &spans(&requests)[0];
    assert_eq!((&*origin.scope.name(), &*origin.scope.version()), ("example.com/bank", "1.2"));
    assert_eq!(origin.scope_schema, b"https://opentelemetry.io/schemas/1.26.0");
    assert_eq!((&*span.trace_state, span.flags, span.dropped_attributes), ("vendor=a", 1, 3));
    assert_eq!(span.links().next().unwrap().span_id.unwrap().to_string(), "b7ad6b7169203331");
    assert_eq!(
        attributes(span),
        [
            "amount=Int(42)",
            "rate=Double(2.0)",
            r#"tags=[String("a"), String("b")]"#,
            "rates=[Double(1.0), Double(0.5)]",
            "ok=Bool(true)"
        ]
    );
    let requests = file("python-console");
    let (origin, span) = &spans(&requests)[0];
    assert_eq!(origin.resource_schema, b"https://opentelemetry.io/schemas/1.26.0");
    assert_eq!(
        attributes(span),
        ["amount=Int(42)", "rate=Double(2.0)", r#"tags=[String("a"), String("b")]"#, "ok=Bool(true)"]
    );
    let requests = file("zipkin");
    let (_, span) = &spans(&requests)[0];
    assert_eq!(&*span.events().next().unwrap().name, "retrying");
    assert_eq!(
        attributes(span),
        [
            r#"http.path=String("/charge")"#,
            r#"error=String("no funds")"#,
            r#"otel.scope.name=String("bank")"#,
            r#"peer.service=String("shop")"#,
            r#"network.peer.address=String("10.0.0.3")"#,
            "network.peer.port=Int(41000)"
        ]
    );
}

#[test]
fn times_out_of_range_are_counted() {
    assert_eq!(file("otlp-array").clamped_times, 1);
    assert_eq!(file("jaeger-array").clamped_times, 1);
    let zipkin = r#"{"traceId":"1","id":"2","timestamp":99999999999999999,"duration":1}"#;
    let requests = trace_file::to_requests(zipkin.as_bytes()).unwrap();
    assert_eq!(requests.clamped_times, 2);
    assert_eq!(spans(&requests)[0].1.start.as_unix(), u64::MAX);
}

#[test]
fn formats_may_be_mixed_and_repaired() {
    let file = FILES.iter().flat_map(|(_, bytes, _)| [bytes, &b"\n"[..]]).collect::<Vec<_>>().concat();
    let requests = trace_file::to_requests(&file).unwrap();
    assert_eq!(spans(&requests).len(), FILES.iter().map(|(.., spans)| spans).sum::<usize>());
    for (name, bytes, expected) in FILES {
        let utf16: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(std::str::from_utf8(bytes).unwrap().encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let broken = String::from_utf8(bytes.to_vec()).unwrap().replace("charge", r"charge \ud83d");
        for file in [utf16, [b"\xef\xbb\xbf", bytes].concat(), broken.into_bytes()] {
            assert_eq!(spans(&trace_file::to_requests(&file).unwrap()).len(), expected, "{name}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_named_with_what_to_use_instead() {
    for (file, expected) in [
        (r#"[{"traceId":"1","id":"2","binaryAnnotations":[]}]"#, "/api/v2/trace/ID"),
        (r#"{"resourceMetrics":[]}"#, "resourceSpans"),
        (r#"{"traceEvents":[]}"#, "ui.perfetto.dev"),
        (r#"{"traces":[{"traceID":"1","rootTraceName":"a"}]}"#, "/api/v2/traces/ID"),
        (r#"[{"traceID":"1","spanID":"2"}]"#, "outside of a trace"),
        (r#"[{"traceId":"1","spanId":"2"}]"#, "without their resource"),
        (r#"[[{"trace_id":1,"span_id":2}]]"#, "Datadog"),
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("[]", "unknown file format"),
        ("[[[{}]]]", "unknown file format"),
        ("[1]", "unknown file format"),
        ("{}", "unknown file format: expected OTLP JSON"),
        ("{", "the file is not JSON"),
        (
            "{\"data\":[]}\n\n{\"data\":5}",
            "looks like Jaeger JSON, but is invalid in the document that begins on line 3",
        ),
    ] {
        let error = trace_file::to_requests(file.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{file}: {error}");
        assert!(!format!("{error:?}").contains("struct"), "{file}: {error:?}");
    }
    let error =
        trace_file::to_requests(br#"[{"context":{},"parent_id":null,"start_time":"noon"}]"#).unwrap_err();
    let FileError::Invalid { format, source, .. } = error else { panic!("{error:?}") };
    assert_eq!(format, "JSON of Python's ConsoleSpanExporter");
    assert!(source.to_string().contains("\"noon\" is not a time such as"), "{source}");
}

#[test]
fn a_request_with_half_a_surrogate_pair_keeps_all_spans() {
    let span =
        |id: u8, name: &str| format!(r#"{{"traceId":"{:032x}","spanId":"{id:016x}","name":"{name}"}}"#, 1);
    let spans = [span(1, r"\ud83d"), span(2, r"caf\u00e9 \ud83d\ude00"), span(3, "ok")].join(",");
    let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    for json in [json.as_bytes(), &[b"\xef\xbb\xbf", json.as_bytes()].concat()] {
        let request = traces_to_protobuf(json).unwrap();
        let mut names = Vec::new();
        read_traces(&request.protobuf, |_, _, span| names.push(span.name.into_owned())).unwrap();
        assert_eq!(names, ["\u{fffd}", "café 😀", "ok"]);
    }
}

proptest! {
    #[test]
    fn a_corrupted_file_is_refused_or_becomes_readable_requests(
        file in prop::sample::select(&FILES[..]),
        place in any::<prop::sample::Index>(),
        insert in prop::sample::select(&["\"", "[", "{", "null", "9e999", "\\ud800"][..]),
        removed in 0..12_usize,
    ) {
        let mut bytes = file.1.to_vec();
        let at = place.index(bytes.len());
        let end = (at + removed).min(bytes.len());
        bytes.splice(at..end, insert.bytes());
        if let Ok(requests) = trace_file::to_requests(&bytes) {
            prop_assert!(read_traces(&requests.traces, |_, _, _| ()).is_ok());
            prop_assert!(read_logs(&requests.logs, |_, _, _| ()).is_ok());
        }
    }
}
