//! Answers that say more than should be held at once: files, and those of Jaeger's API.

use crate::{
    encoding::PROTOBUF,
    process::Waterfall,
    spans::{of_service, request, span, trace_hex},
};

const ATTRIBUTES: usize = 1_000_000;

/// A request of one span, or of one log record, with as many attributes as that, each as little as one can be.
fn huge(path: &str) -> Vec<u8> {
    let (trace, record) = ([7; 16], [7; 8]);
    let ids = |[of_trace, of_span]: [u8; 2]| {
        [length_delimited(of_trace, &trace), length_delimited(of_span, &record)].concat()
    };
    // key "a", no value.
    let attributes = |number| length_delimited(number, &[0x0a, 1, b'a']).repeat(ATTRIBUTES);
    let fields =
        if path == "/v1/traces" { [ids([1, 2]), attributes(9)] } else { [ids([9, 10]), attributes(6)] };
    [2, 2, 1].into_iter().fold(fields.concat(), |body, number| length_delimited(number, &body))
}

/// What the answer says takes many times what the store holds.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_one_huge_record_is_written_without_being_held() {
    let id = trace_hex(7);
    let of_all_times = "query.startTimeMin=1970-01-01T00:00:00Z&query.startTimeMax=2200-01-01T00:00:00Z";
    for (path, answer) in [
        ("/v1/traces", format!("/api/ui/traces/{id}/export?format=otlp")),
        ("/v1/logs", format!("/api/ui/traces/{id}/export?format=otlp")),
        ("/v1/traces", format!("/api/ui/traces/{id}/export?format=jaeger")),
        ("/v1/traces", format!("/api/traces/{id}")),
        ("/v1/traces", format!("/api/v3/traces/{id}")),
        ("/v1/traces", format!("/api/traces?traceID={id}")),
        ("/v1/traces", format!("/api/v3/traces?{of_all_times}")),
    ] {
        let waterfall = Waterfall::start();
        if path == "/v1/logs" {
            waterfall.export(&request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])])).await;
        }
        assert_eq!(waterfall.post(path, &[PROTOBUF], huge(path)).await.status(), 200);
        let before = waterfall.peak_mib();
        let bytes = read(waterfall.get(&answer).await).await;
        assert!(bytes > ATTRIBUTES * r#"{"key":"a","value":{}}"#.len(), "{bytes}");
        let more = waterfall.peak_mib().saturating_sub(before);
        assert!(more < 32, "{answer}: {more} MiB more for {} MiB", bytes >> 20);
    }
}

/// Reads an answer to its end; how many bytes it has.
async fn read(mut answer: reqwest::Response) -> usize {
    assert_eq!(answer.status(), 200);
    let mut bytes = 0;
    while let Some(part) = answer.chunk().await.unwrap() {
        bytes += part.len();
    }
    bytes
}

/// Those who read nothing of what they asked for take all places.
#[tokio::test(flavor = "multi_thread")]
async fn larger_answers_are_few_at_once_and_small_ones_and_errors_come_all_the_same() {
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
        let answer = waterfall.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
        reading.push(answer);
    }
    for path in paths(&huge) {
        let answer = waterfall.get(&path).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        assert!(answer.text().await.unwrap().contains("try again"), "{path}");
    }
    for path in paths(&small) {
        let answer = waterfall.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.content_length().is_some_and(|length| length < 2_000), "{path}");
    }
    for path in paths(&trace_hex(9)).iter().filter(|path| !path.contains('?')) {
        assert_eq!(waterfall.get(path).await.status(), 404, "{path}");
    }
    let transform = async |file: Vec<u8>| {
        let url = format!("{}/api/transform", waterfall.ready.http);
        waterfall.client.post(url).body(file).send().await.unwrap().status().as_u16()
    };
    assert_eq!(transform(b"no file".to_vec()).await, 400);
    assert_eq!(transform(br#"{"resourceSpans":[]}"#.to_vec()).await, 200);
    let many =
        r#"{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"},"#.repeat(10_000);
    let many =
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, many.trim_end_matches(','));
    assert_eq!(transform(many.clone().into_bytes()).await, 503);
    // Whoever goes, and whoever comes to the end, makes room.
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
