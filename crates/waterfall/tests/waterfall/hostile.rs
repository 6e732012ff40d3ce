//! Hostile input: nothing crashes, memory stays bounded, and valid records are stored while bad values are flagged.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceResponse,
    common::v1::any_value::Value,
    trace::v1::{Span, span::Link},
};
use prost::Message;
use serde_json::{Value as Json, json};

use crate::{
    encoding::{GRPC, GZIP, JSON, PROTOBUF, gzip},
    process::Waterfall,
    spans::{MS, START, attribute, body, span, span_hex, trace_hex},
    wire::{EXPORT, Http2, frame},
};

/// Sends a request, and returns the number of rejected spans.
async fn rejected(waterfall: &Waterfall, body: Vec<u8>) -> i64 {
    let response = waterfall.post("/v1/traces", &[PROTOBUF], body).await;
    assert_eq!(response.status(), 200);
    let response = ExportTraceServiceResponse::decode(response.bytes().await.unwrap()).unwrap();
    response.partial_success.map_or(0, |partial| partial.rejected_spans)
}

/// The flags of a row. The field is left out when there are none.
fn flags_of(row: &Json) -> Json {
    row.get("flags").cloned().unwrap_or_else(|| json!([]))
}

fn flags(rows: &[Json], name: &str) -> Json {
    flags_of(rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {rows:?}")))
}

/// Wraps `reversed` in a length-delimited field. The bytes are in reverse order, so that nesting a hundred thousand
/// levels takes linear time.
fn wrap(reversed: &mut Vec<u8>, number: u8) {
    let mut header = vec![number << 3 | 2];
    let mut length = reversed.len();
    while length >= 0x80 {
        header.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    header.push(u8::try_from(length).unwrap());
    reversed.extend(header.iter().rev());
}

#[tokio::test]
async fn gzip_bombs_are_refused_in_bounded_memory() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "1MiB")]);
    let mebibyte = gzip(&vec![0; 1 << 20]);
    // 512 MiB in half a megabyte, as many gzip members; and the same compressed again, which decompresses to garbage.
    let many = mebibyte.repeat(512);
    for (bomb, status) in [(many.clone(), 413), (gzip(&many), 400)] {
        let response = waterfall.post("/v1/traces", &[PROTOBUF, GZIP], bomb.clone()).await;
        assert_eq!(response.status(), status);
        let http2 = Http2::open(&waterfall.ready.otlp_grpc).await;
        let headers = [GRPC, ("grpc-encoding", "gzip")];
        let response =
            http2.call(EXPORT, &headers, frame(1, u32::try_from(bomb.len()).unwrap(), &bomb)).await;
        assert_eq!(response.code(), if status == 413 { "8" } else { "3" });
    }
    assert!(waterfall.resident_mib() < 60, "{} MiB", waterfall.resident_mib());
}

#[tokio::test]
async fn ten_million_attributes_are_stored_and_5000_are_returned() {
    let waterfall = Waterfall::start();
    let mut body = span(7, 1, 0, "wide").encode_to_vec();
    for _ in 0..10_000_000 {
        body.extend([9 << 3 | 2, 0]);
    }
    body.reverse();
    for number in [2, 2, 1] {
        wrap(&mut body, number);
    }
    body.reverse();
    assert_eq!(rejected(&waterfall, body).await, 0);
    assert_eq!(waterfall.rows(7).await[0]["name"], "wide");
    let details = waterfall.json(&format!("/api/ui/traces/{}/spans/{}", trace_hex(7), span_hex(1))).await;
    assert_eq!((details["attributes"].as_array().unwrap().len(), &details["more"]), (5_000, &json!(true)));
    assert!(waterfall.resident_mib() < 150, "{} MiB", waterfall.resident_mib());
}

#[tokio::test]
async fn a_million_links_are_stored_and_5000_are_returned() {
    let waterfall = Waterfall::start();
    let link = Link { trace_id: vec![9; 16], span_id: vec![9; 8], ..Link::default() };
    let linking = Span { links: vec![link; 1_000_000], ..span(7, 1, 0, "linking") };
    assert_eq!(rejected(&waterfall, body(vec![linking])).await, 0);
    assert_eq!(waterfall.rows(7).await[0]["links"], 1_000_000);
    let details = waterfall.json(&format!("/api/ui/traces/{}/spans/{}", trace_hex(7), span_hex(1))).await;
    assert_eq!((details["links"].as_array().unwrap().len(), &details["more"]), (5_000, &json!(true)));
    assert!(waterfall.resident_mib() < 200, "{} MiB", waterfall.resident_mib());
}

#[tokio::test]
async fn a_value_nested_a_hundred_thousand_levels_deep_rejects_only_its_span() {
    let waterfall = Waterfall::start();
    let mut value = Vec::new();
    for _ in 0..100_000 {
        wrap(&mut value, 1); // ArrayValue.values
        wrap(&mut value, 5); // AnyValue.array_value
    }
    wrap(&mut value, 2); // KeyValue.value
    wrap(&mut value, 9); // Span.attributes
    value.reverse();
    let deep = [span(7, 1, 0, "deep").encode_to_vec(), value].concat();
    let mut spans = Vec::new();
    for one in [deep, span(7, 2, 0, "beside").encode_to_vec()] {
        let mut one: Vec<u8> = one.into_iter().rev().collect();
        wrap(&mut one, 2);
        spans.extend(one.into_iter().rev());
    }
    spans.reverse();
    for number in [2, 1] {
        wrap(&mut spans, number);
    }
    spans.reverse();
    assert_eq!(rejected(&waterfall, spans).await, 1);
    assert_eq!(waterfall.rows(7).await.len(), 1);

    let levels = |open: &str, close: &str| format!("{}null{}", open.repeat(100_000), close.repeat(100_000));
    for (trace, deep) in [
        (8, levels(r#"{"arrayValue":{"values":["#, "]}}")),
        (9, levels(r#"{"kvlistValue":{"values":[{"value":"#, "}]}}")),
    ] {
        let ids = |id| format!(r#""traceId":"{}","spanId":"{}""#, trace_hex(trace), span_hex(id));
        let body = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{},"attributes":[{{"key":"k","value":{deep}}}]}},{{{}}}]}}]}}]}}"#,
            ids(1),
            ids(2)
        );
        let response: Json = waterfall.post("/v1/traces", &[JSON], body.into()).await.json().await.unwrap();
        assert_eq!(response["partialSuccess"]["rejectedSpans"], "1", "{response}");
        assert_eq!(waterfall.rows(trace).await.len(), 1);
    }
    let unknown = format!(r#"{{"unknown":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(waterfall.post("/v1/traces", &[JSON], unknown.into()).await.status(), 200);
}

#[tokio::test]
async fn invalid_ids_reject_only_their_span_and_an_invalid_parent_is_flagged() {
    let waterfall = Waterfall::start();
    let spans = vec![
        span(7, 1, 0, "good"),
        Span { trace_id: vec![7; 15], ..span(7, 2, 0, "short trace id") },
        Span { trace_id: vec![7; 17], ..span(7, 3, 0, "long trace id") },
        Span { trace_id: vec![0; 16], ..span(7, 4, 0, "zero trace id") },
        Span { span_id: vec![], ..span(7, 5, 0, "no span id") },
        Span { span_id: vec![1; 4], ..span(7, 6, 0, "short span id") },
        Span { parent_span_id: vec![1; 7], ..span(7, 8, 0, "short parent id") },
        Span { parent_span_id: vec![0; 8], ..span(7, 9, 0, "zero parent id") },
    ];
    assert_eq!(rejected(&waterfall, body(spans)).await, 5);
    let rows = waterfall.rows(7).await;
    assert_eq!(rows.len(), 3);
    assert_eq!(flags(&rows, "short parent id"), json!(["invalid_parent"]));
    assert_eq!(flags(&rows, "zero parent id"), json!([]));
    assert_eq!(flags(&rows, "good"), json!([]));
}

#[tokio::test]
async fn implausible_times_are_stored_and_flagged() {
    const YEAR_2100: u64 = 4_102_444_800_000_000_000;
    let waterfall = Waterfall::start();
    let at = |id, name, start, end| Span {
        start_time_unix_nano: start,
        end_time_unix_nano: end,
        ..span(7, id, 0, name)
    };
    let spans = vec![
        at(1, "good", START, START + MS),
        at(2, "no time", 0, 0),
        at(3, "no start", 0, START),
        at(4, "ends first", START + MS, START),
        at(5, "after 2100", YEAR_2100, YEAR_2100 + 1),
        at(6, "last of all", u64::MAX, u64::MAX),
        at(7, "never ends", START, u64::MAX),
    ];
    assert_eq!(rejected(&waterfall, body(spans)).await, 0);
    let rows = waterfall.rows(7).await;
    for (name, expected) in [
        ("good", json!([])),
        ("no time", json!(["no_start_time"])),
        ("no start", json!(["no_start_time"])),
        ("ends first", json!(["negative_duration"])),
        ("after 2100", json!(["implausible_time"])),
        ("last of all", json!(["implausible_time"])),
        ("never ends", json!(["implausible_time"])),
    ] {
        assert_eq!(flags(&rows, name), expected, "{name}");
    }
    for row in &rows {
        for field in ["start", "duration"] {
            assert!(row[field].as_u64().unwrap_or(0) < 1 << 53, "{row}");
        }
    }
}

#[tokio::test]
async fn a_span_without_a_start_has_no_duration_in_any_view() {
    let waterfall = Waterfall::start();
    let spans = vec![Span { start_time_unix_nano: 0, ..span(7, 1, 0, "no start") }, span(7, 2, 1, "call")];
    assert_eq!(rejected(&waterfall, body(spans)).await, 0);
    let (trace, id) = (trace_hex(7), span_hex(1));
    assert_eq!(waterfall.rows(7).await[0]["duration"], 0);
    assert_eq!(waterfall.json(&format!("/api/ui/traces/{trace}/spans/{id}")).await["duration"], 0);
    let jaeger = waterfall.json(&format!("/api/traces/{trace}")).await;
    let spans = jaeger["data"][0]["spans"].as_array().unwrap();
    assert_eq!(spans.iter().find(|span| span["spanID"] == id).unwrap()["duration"], 0);
    let metrics = waterfall.json("/api/ui/services").await;
    let operations = metrics["operations"].as_array().unwrap();
    assert_eq!(operations.iter().find(|one| one["name"] == "no start").unwrap()["max"], 0);
    assert_eq!(waterfall.json("/api/ui/traces?q=duration>1h").await["traces"], json!([]));
}

#[tokio::test]
async fn a_trace_without_any_start_lasts_no_time_in_every_view() {
    let waterfall = Waterfall::start();
    let spans = [1, 2].map(|id| Span { start_time_unix_nano: 0, ..span(7, id, id - 1, "no start") });
    let last_end = spans[1].end_time_unix_nano.to_string();
    assert_eq!(rejected(&waterfall, body(spans.into())).await, 0);
    let trace = waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await;
    let list = waterfall.json("/api/ui/traces").await;
    for view in [&trace, &list["traces"][0]] {
        assert_eq!((&view["start_unix_nano"], &view["duration"]), (&json!(last_end), &json!(0)));
    }
}

#[tokio::test]
async fn json_times_outside_the_64_bit_range_are_stored_and_flagged() {
    let waterfall = Waterfall::start();
    let span = |id, name, start: Json| {
        json!({"traceId": trace_hex(7).to_uppercase(), "spanId": span_hex(id), "name": name, "startTimeUnixNano": start,
               "endTimeUnixNano": START.to_string()})
    };
    let spans = [
        span(1, "text", json!(START.to_string())),
        span(2, "number", json!(START)),
        span(3, "before 1970", json!("-1000")),
        span(4, "number before 1970", json!(-5)),
        span(5, "past 64 bits", json!("99999999999999999999")),
        span(6, "null", Json::Null),
    ];
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string();
    let response = waterfall.post("/v1/traces", &[JSON], body.into()).await;
    assert_eq!(response.status(), 200);
    let partial = &response.json::<Json>().await.unwrap()["partialSuccess"];
    assert!(partial["errorMessage"].as_str().unwrap().starts_with("3 times were out of range"), "{partial}");
    let rows = waterfall.rows(7).await;
    assert_eq!((flags(&rows, "text"), flags(&rows, "number")), (json!([]), json!([])));
    for name in ["before 1970", "number before 1970", "null"] {
        assert_eq!(flags(&rows, name), json!(["no_start_time"]), "{name}");
    }
    assert_eq!(flags(&rows, "past 64 bits"), json!(["negative_duration", "implausible_time"]));
}

#[tokio::test]
async fn cycles_of_parents_are_stored_and_flagged() {
    let waterfall = Waterfall::start();
    let spans = vec![
        span(7, 1, 1, "own parent"),
        span(7, 2, 3, "one"),
        span(7, 3, 4, "two"),
        span(7, 4, 2, "three"),
        span(7, 5, 4, "below"),
    ];
    assert_eq!(rejected(&waterfall, body(spans)).await, 0);
    let rows = waterfall.rows(7).await;
    assert_eq!(rows.len(), 5);
    assert_eq!((flags(&rows, "own parent"), flags(&rows, "one")), (json!(["cycle"]), json!(["cycle"])));
    assert_eq!(rows.iter().filter(|row| flags_of(row) != json!([])).count(), 2);
}

#[tokio::test]
async fn markup_and_invalid_utf_8_are_returned_as_text() {
    let waterfall = Waterfall::start();
    let markup = "<img src=x onerror=alert(1)>\u{0}\u{202e}</script>";
    let mut marked = span(7, 1, 0, markup);
    marked.attributes.push(attribute(markup, Value::StringValue(markup.into())));
    let mut request = body(vec![marked]);
    let position = request.windows(4).position(|bytes| bytes == b"shop").unwrap();
    request[position] = 0xff;
    assert_eq!(rejected(&waterfall, request).await, 0);
    let response = waterfall.get(&format!("/api/ui/traces/{}/spans/{}", trace_hex(7), span_hex(1))).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let details: Json = response.json().await.unwrap();
    assert_eq!((&details["name"], &details["service"]), (&json!(markup), &json!("\u{fffd}hop")));
    assert_eq!(
        (&details["attributes"][0]["key"], &details["attributes"][0]["value"]),
        (&json!(markup), &json!(markup))
    );
}
