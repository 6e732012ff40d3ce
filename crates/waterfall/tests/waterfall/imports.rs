//! What the import accepts, refuses and reports.

use serde_json::{Value as Json, json};

use crate::{
    encoding::JSON,
    files::{export, filled, import},
    process::Waterfall,
    spans::trace_hex,
};

#[tokio::test]
async fn json_lines_and_log_records_are_imported() {
    let waterfall = filled().await;
    let one = export(&waterfall, &format!("/api/ui/traces/{}/export", trace_hex(7))).await;
    let two = export(&waterfall, &format!("/api/ui/traces/{}/export", trace_hex(8))).await;
    let log = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"traceId": trace_hex(7), "timeUnixNano": "1", "body": {"stringValue": "hello"}}]}]}]});
    let empty = Waterfall::start();
    let imported =
        import(&empty, [&*one, b"\n", &*two, b"\r\n", log.to_string().as_bytes(), b"\n"].concat()).await;
    assert_eq!(imported["traces"], json!([trace_hex(7), trace_hex(8)]));
    assert_eq!(imported["spans"], 4);
    assert_eq!(imported["message"], "4 spans of 2 traces; 1 log record");
    let logs = empty.json(&format!("/api/ui/traces/{}/logs", trace_hex(7))).await;
    assert_eq!(logs["logs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn spans_of_zipkin_are_imported_and_times_out_of_range_are_reported() {
    let waterfall = Waterfall::start();
    let file = json!([[{"traceId": "7", "id": "1", "name": "cut \u{fffd}", "timestamp": -5},
        {"traceId": "7", "id": "2", "parentId": "1", "timestamp": 1, "duration": 2}]]);
    let file = file.to_string().replace('\u{fffd}', r"\ud83d");
    let imported = import(&waterfall, file.into_bytes()).await;
    let message = "2 spans of 1 trace; 2 times were out of range: before 1970 they became unset, after 2554 the latest \
                   that OTLP has";
    assert_eq!((&imported["spans"], &imported["message"]), (&json!(2), &json!(message)));
}

#[tokio::test]
async fn rejected_spans_are_reported_beside_stored_ones() {
    let waterfall = Waterfall::start();
    let file = json!({"data": [{"processes": {}, "spans": [
        {"traceID": "1", "spanID": "2", "operationName": "stored"}, {"traceID": "no hex", "spanID": "3"}]}]});
    let imported = import(&waterfall, file.to_string().into_bytes()).await;
    assert_eq!((&imported["spans"], &imported["rejected"]), (&json!(1), &json!(1)));
    assert!(
        imported["message"].as_str().unwrap().contains("1 span rejected: invalid trace id"),
        "{imported}"
    );
}

#[tokio::test]
async fn invalid_files_are_refused_with_what_was_expected() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "64KiB")]);
    for (file, status, expected) in [
        ("", 400, "the file is empty"),
        ("nonsense", 400, "not JSON"),
        ("{}", 400, "resourceSpans"),
        ("[]", 400, "resourceSpans"),
        (r#"{"resourceSpans":[]}"#, 400, "neither a span nor a log record"),
        (r#"{"data":[]}"#, 400, "neither a span nor a log record"),
        (r#"[{"traceId":"1","id":"2","binaryAnnotations":[]}]"#, 400, "/api/v2/trace/ID"),
        (r#"{"resourceSpans":5}"#, 400, "line 1 column"),
        (r#"{"data":[{"spans":[{"tags":[{"key":"k","value":[]}]}]}]}"#, 400, "expected a string, a number"),
        (&format!("{{\"resourceSpans\":[]{}}}", " ".repeat(70_000)), 413, "65536"),
    ] {
        let response = waterfall.import(&[JSON], file.as_bytes().to_vec()).await;
        assert_eq!(response.status(), status, "{file:.40}");
        let body: Json = response.json().await.unwrap();
        assert!(body["error"].as_str().unwrap().contains(expected), "{file:.40}: {body}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_import() {
    let waterfall = Waterfall::start();
    let file = br#"{"traceId":"1","id":"2"}"#.to_vec();
    for (headers, status) in [
        (vec![("content-type", "text/plain")], 415),
        (vec![("content-type", "application/x-www-form-urlencoded")], 415),
        (vec![], 415),
        (vec![JSON, ("sec-fetch-site", "cross-site")], 403),
        (vec![JSON, ("sec-fetch-site", "same-site")], 403),
        (vec![JSON, ("sec-fetch-site", "same-origin")], 200),
        (vec![("content-type", "application/json; charset=utf-8")], 200),
    ] {
        assert_eq!(waterfall.import(&headers, file.clone()).await.status(), status, "{headers:?}");
    }
    // There is no CORS preflight response, so scripts of other pages cannot send JSON either.
    let url = format!("{}/api/ui/import", waterfall.ready.http);
    let preflight = waterfall.client.request(reqwest::Method::OPTIONS, url).send().await.unwrap();
    assert!(!preflight.headers().contains_key("access-control-allow-origin"));
}
