//! Responses that are too large for memory are streamed: exports and Jaeger's API.

use futures_util::future::join_all;

use crate::{
    encoding::PROTOBUF,
    process::Waterfall,
    spans::{of_service, request, span, trace_hex},
};

const ATTRIBUTES: usize = 1_000_000;

/// A request with one span or log record that has this many attributes, each of the smallest size.
fn huge(path: &str) -> Vec<u8> {
    let ids = |[trace_field, span_field]: [u8; 2]| {
        [length_delimited(trace_field, &[7; 16]), length_delimited(span_field, &[7; 8])].concat()
    };
    // Each has the key "a", and no value.
    let attributes = |number| length_delimited(number, &[0x0a, 1, b'a']).repeat(ATTRIBUTES);
    let fields =
        if path == "/v1/traces" { [ids([1, 2]), attributes(9)] } else { [ids([9, 10]), attributes(6)] };
    [2, 2, 1].into_iter().fold(fields.concat(), |body, number| length_delimited(number, &body))
}

/// The response is many times larger than the stored record.
#[tokio::test(flavor = "multi_thread")]
async fn a_response_about_one_huge_record_is_streamed_in_bounded_memory() {
    let id = trace_hex(7);
    let all_time = "query.startTimeMin=1970-01-01T00:00:00Z&query.startTimeMax=2200-01-01T00:00:00Z";
    for (path, response) in [
        ("/v1/traces", format!("/api/ui/traces/{id}/export?format=otlp")),
        ("/v1/logs", format!("/api/ui/traces/{id}/export?format=otlp")),
        ("/v1/traces", format!("/api/ui/traces/{id}/export?format=jaeger")),
        ("/v1/traces", format!("/api/traces/{id}")),
        ("/v1/traces", format!("/api/v3/traces/{id}")),
        ("/v1/traces", format!("/api/traces?traceID={id}")),
        ("/v1/traces", format!("/api/v3/traces?{all_time}")),
    ] {
        let waterfall = Waterfall::start();
        if path == "/v1/logs" {
            waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])])).await;
        }
        assert_eq!(waterfall.post(path, &[PROTOBUF], huge(path)).await.status(), 200);
        let before = waterfall.peak_mib();
        let bytes = read(waterfall.get(&response).await).await;
        assert!(bytes > ATTRIBUTES * r#"{"key":"a","value":{}}"#.len(), "{bytes}");
        let growth = waterfall.peak_mib().saturating_sub(before);
        assert!(growth < 32, "{response}: {growth} MiB for {} MiB", bytes >> 20);
    }
}

/// Reads a response to its end, and returns its size.
async fn read(mut response: reqwest::Response) -> usize {
    assert_eq!(response.status(), 200);
    let mut bytes = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        bytes += chunk.len();
    }
    bytes
}

/// Clients that do not read their responses occupy all streams.
#[tokio::test(flavor = "multi_thread")]
async fn streamed_responses_are_limited_and_small_ones_and_errors_are_not_affected() {
    let waterfall = Waterfall::start();
    assert_eq!(waterfall.post("/v1/traces", &[PROTOBUF], huge("/v1/traces")).await.status(), 200);
    waterfall.export(&request(vec![of_service("shop", vec![span(8, 1, 0, "buy")])])).await;
    let (huge, small) = (trace_hex(7), trace_hex(8));
    let paths = |id: &str| {
        [
            format!("/api/traces/{id}"),
            format!("/api/v3/traces/{id}"),
            format!("/api/traces?traceID={id}"),
            format!("/api/ui/traces/{id}/export"),
        ]
    };
    let mut reading = Vec::new();
    for path in paths(&huge) {
        let response = waterfall.get(&path).await;
        assert_eq!(response.status(), 200, "{path}");
        reading.push(response);
    }
    let transform = async |file: Vec<u8>| {
        let url = format!("{}/api/transform", waterfall.ready.http);
        waterfall.client.post(url).body(file).send().await.unwrap().status().as_u16()
    };
    let many =
        r#"{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"},"#.repeat(10_000);
    let many =
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, many.trim_end_matches(','));
    // All at once, because a client that does not read is cut off after some seconds.
    let refused = paths(&huge).map(async |path| {
        let response = waterfall.get(&path).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        assert!(response.text().await.unwrap().contains("try again"), "{path}");
    });
    let (_, transformed) = tokio::join!(join_all(refused), transform(many.clone().into_bytes()));
    assert_eq!(transformed, 503);
    for path in paths(&small) {
        let response = waterfall.get(&path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert!(response.content_length().is_some_and(|length| length < 2_000), "{path}");
    }
    for path in paths(&trace_hex(9)).iter().filter(|path| !path.contains('?')) {
        assert_eq!(waterfall.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(transform(b"invalid".to_vec()).await, 400);
    assert_eq!(transform(br#"{"resourceSpans":[]}"#.to_vec()).await, 200);
    // A stream is released when its client disconnects, and when the response is complete.
    reading.pop();
    assert_eq!(transform(many.into_bytes()).await, 200);
    assert!(read(reading.pop().unwrap()).await > ATTRIBUTES);
    assert!(read(waterfall.get(&paths(&huge)[0]).await).await > ATTRIBUTES);
}

fn length_delimited(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}
