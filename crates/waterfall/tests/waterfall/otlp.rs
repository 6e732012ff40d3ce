//! OTLP over HTTP: encodings, statuses, limits, CORS.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::json;

use crate::{
    encoding::{GZIP, JSON, PROTOBUF, gzip},
    process::Waterfall,
    rpc::Status,
    spans::{self, of_service, request, span, trace_hex},
    wire::Wire,
};

fn one_span() -> Vec<u8> {
    spans::body(vec![span(7, 1, 0, "buy")])
}

fn one_span_json() -> Vec<u8> {
    serde_json::to_vec(&request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])])).unwrap()
}

fn content_type(response: &reqwest::Response) -> &str {
    response.headers()["content-type"].to_str().unwrap()
}

#[tokio::test]
async fn protobuf_and_json_are_stored_plain_and_gzipped_and_answered_in_the_same_encoding() {
    for (headers, body) in [
        (vec![PROTOBUF], one_span()),
        (vec![PROTOBUF, GZIP], gzip(&one_span())),
        (vec![PROTOBUF, ("content-encoding", "identity")], one_span()),
        (vec![JSON], one_span_json()),
        (vec![("content-type", "Application/JSON; charset=utf-8"), GZIP], gzip(&one_span_json())),
    ] {
        let waterfall = Waterfall::start();
        let response = waterfall.post("/v1/traces", &headers, body).await;
        assert_eq!(response.status(), 200, "{headers:?}");
        let protobuf = headers[0] == PROTOBUF;
        assert_eq!(content_type(&response), if protobuf { PROTOBUF.1 } else { JSON.1 });
        assert_eq!(response.bytes().await.unwrap(), if protobuf { "" } else { "{}" });
        let trace = waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await;
        assert_eq!(trace["rows"][0]["name"], "buy");
    }
}

#[tokio::test]
async fn a_large_gzipped_batch_is_stored() {
    let waterfall = Waterfall::start();
    let spans = (1..=20_000).map(|id| span(7, id, u64::from(id > 1), "step")).collect();
    let body = spans::body(spans);
    let response = waterfall.post("/v1/traces", &[PROTOBUF, GZIP], gzip(&body)).await;
    assert_eq!(response.status(), 200);
    let list = waterfall.json("/api/ui/traces").await;
    assert_eq!(list["traces"][0]["spans"], 20_000);
}

#[tokio::test]
async fn an_empty_request_succeeds() {
    let waterfall = Waterfall::start();
    for (header, body, expected) in [(PROTOBUF, "", ""), (JSON, "{}", "{}")] {
        let response = waterfall.post("/v1/traces", &[header], body.into()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn rejected_spans_are_a_partial_success() {
    let waterfall = Waterfall::start();
    let mut bad = span(7, 2, 1, "bad");
    bad.span_id = vec![1, 2, 3];
    let body = request(vec![of_service("shop", vec![span(7, 1, 0, "buy"), bad])]);

    let response = waterfall.post("/v1/traces", &[PROTOBUF], body.encode_to_vec()).await;
    assert_eq!(response.status(), 200);
    let response = ExportTraceServiceResponse::decode(response.bytes().await.unwrap()).unwrap();
    let partial = response.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 1);
    assert!(partial.error_message.contains("invalid span id"), "{}", partial.error_message);

    let json = serde_json::to_string(&body).unwrap().replace(&trace_hex(7), &trace_hex(8));
    let response = waterfall.post("/v1/traces", &[JSON], json.into()).await;
    let partial: serde_json::Value = response.json().await.unwrap();
    assert_eq!(partial["partialSuccess"]["rejectedSpans"], "1");

    assert_eq!(waterfall.json("/api/ui/traces").await["traces"][0]["spans"], 1);
    assert_eq!(waterfall.json(&format!("/api/ui/traces/{}", trace_hex(8))).await["rows"][0]["name"], "buy");
}

#[tokio::test]
async fn invalid_data_is_a_400_with_a_status_in_the_requests_encoding() {
    let waterfall = Waterfall::start();
    for (headers, body) in [
        (vec![PROTOBUF], b"\x0a\xff".to_vec()),
        (vec![PROTOBUF, GZIP], b"not gzip".to_vec()),
        (vec![JSON], b"{".to_vec()),
        (vec![JSON], br#"{"resourceSpans": 1}"#.to_vec()),
    ] {
        let response = waterfall.post("/v1/traces", &headers, body).await;
        assert_eq!(response.status(), 400, "{headers:?}");
        assert_eq!(content_type(&response), headers[0].1);
        let body = response.bytes().await.unwrap();
        let (code, message) = if headers[0] == JSON {
            let status: serde_json::Value = serde_json::from_slice(&body).unwrap();
            (status["code"].as_i64().unwrap(), status["message"].to_string())
        } else {
            let status = Status::decode(body).unwrap();
            (i64::from(status.code), status.message)
        };
        assert_eq!(code, 3);
        assert!(!message.is_empty());
    }
}

#[tokio::test]
async fn unsupported_types_and_encodings_are_a_415() {
    let waterfall = Waterfall::start();
    for headers in [vec![("content-type", "text/plain")], vec![], vec![PROTOBUF, ("content-encoding", "br")]]
    {
        let response = waterfall.post("/v1/traces", &headers, one_span()).await;
        assert_eq!(response.status(), 415, "{headers:?}");
        // Without a known content type, the status is JSON.
        let protobuf = headers.first() == Some(&PROTOBUF);
        assert_eq!(content_type(&response), if protobuf { PROTOBUF.1 } else { JSON.1 });
        let body = response.bytes().await.unwrap();
        let message = if protobuf {
            Status::decode(body).unwrap().message
        } else {
            serde_json::from_slice::<serde_json::Value>(&body).unwrap()["message"].to_string()
        };
        assert!(message.contains("must be"), "{message}");
    }
}

#[tokio::test]
async fn a_connection_is_reused_after_a_bad_request() {
    let waterfall = Waterfall::start();
    let mut wire = Wire::open(&waterfall.ready.otlp_http);
    for (body, status) in [("{}", 200), ("[1]", 400), ("{}", 200)] {
        wire.send_head(JSON.1, body.len());
        wire.send(body);
        let head = wire.until("\r\n\r\n").to_lowercase();
        assert!(
            head.starts_with(&format!("http/1.1 {status} ")) && !head.contains("connection: close"),
            "{head}"
        );
        let length: usize =
            head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
        std::io::Read::read_exact(&mut wire.0, &mut vec![0; length]).unwrap();
    }
}

#[tokio::test]
async fn the_body_limit_applies_after_decompression() {
    let waterfall = Waterfall::with(&[("WATERFALL_BODY_LIMIT", "1MiB")]);
    let zeros = vec![0; 300 << 20];
    let bomb = gzip(&zeros);
    assert!(bomb.len() < 1 << 20);
    let response = waterfall.post("/v1/traces", &[PROTOBUF, GZIP], bomb).await;
    assert_eq!(response.status(), 413);
    assert_eq!(Status::decode(response.bytes().await.unwrap()).unwrap().code, 8);
    assert!(waterfall.resident_mib() < 60);

    let response = waterfall.post("/v1/traces", &[JSON], vec![b' '; (1 << 20) + 1]).await;
    assert_eq!(response.status(), 413);
    let status: serde_json::Value = response.json().await.unwrap();
    let message = "the request exceeds the limit of 1048576 bytes, decompressed (WATERFALL_BODY_LIMIT)";
    assert_eq!(status, json!({"code": 8, "message": message}));
}

#[tokio::test]
async fn unknown_methods_and_paths_are_refused_with_a_status() {
    let waterfall = Waterfall::start();
    let url = format!("{}/v1/traces", waterfall.ready.otlp_http);
    let response = waterfall.client.get(url).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["allow"].to_str().unwrap()),
        (405, "POST, OPTIONS")
    );
    assert_eq!(response.json::<serde_json::Value>().await.unwrap()["code"], 12);
    let response = waterfall.post("/v1/nothing", &[PROTOBUF], vec![]).await;
    assert_eq!((response.status().as_u16(), content_type(&response)), (404, PROTOBUF.1));
    let status = Status::decode(response.bytes().await.unwrap()).unwrap();
    assert_eq!((status.code, status.message.contains("/v1/traces")), (5, true));
}

#[tokio::test]
async fn metrics_and_logs_are_accepted() {
    let waterfall = Waterfall::start();
    for path in ["/v1/metrics", "/v1/logs"] {
        assert_eq!(waterfall.post(path, &[PROTOBUF], vec![]).await.status(), 200);
        assert_eq!(waterfall.post(path, &[JSON], b"{}".to_vec()).await.status(), 200);
    }
}

/// A preflight for a request with this origin.
async fn preflight(waterfall: &Waterfall, path: &str, origin: &str) -> reqwest::header::HeaderMap {
    let url = format!("{}{path}", waterfall.ready.otlp_http);
    let request = waterfall.client.request(reqwest::Method::OPTIONS, url).header("origin", origin);
    let request = request
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-tenant");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 204);
    response.headers().clone()
}

#[tokio::test]
async fn pages_of_this_machine_and_of_listed_origins_may_send_with_credentials() {
    let listed = "https://shop.example,https://*.shop.example";
    let waterfall = Waterfall::with(&[("WATERFALL_ORIGINS", listed)]);
    for origin in
        ["http://localhost:3000", "http://127.0.0.1:5173", "https://shop.example", "https://www.shop.example"]
    {
        for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
            let headers = preflight(&waterfall, path, origin).await;
            for (name, value) in [
                ("access-control-allow-origin", origin),
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-methods", "POST"),
                ("access-control-allow-headers", "content-type,x-tenant"),
                ("vary", "origin"),
            ] {
                assert_eq!(headers[name], value, "{origin}");
            }
            // The page can read refusals, too.
            for (header, status) in [(JSON, 200), (("content-type", "text/plain"), 415)] {
                let response = waterfall.post(path, &[header, ("origin", origin)], b"{}".to_vec()).await;
                assert_eq!(response.status(), status, "{origin}");
                assert_eq!(response.headers()["access-control-allow-origin"], origin);
                assert_eq!(response.headers()["access-control-allow-credentials"], "true");
            }
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_not_send() {
    let waterfall = Waterfall::with(&[("WATERFALL_ORIGINS", "https://shop.example")]);
    for origin in ["https://evil.example", "http://shop.example", "http://localhost.evil.example", "null"] {
        let headers = preflight(&waterfall, "/v1/traces", origin).await;
        let response = waterfall.post("/v1/traces", &[JSON, ("origin", origin)], b"{}".to_vec()).await;
        for headers in [&headers, response.headers()] {
            assert!(!headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{origin}");
            assert_eq!(headers["vary"], "origin", "a cache must not answer another page with it");
        }
    }
    let without = waterfall.post("/v1/traces", &[JSON], b"{}".to_vec()).await;
    assert_eq!(
        (without.status().as_u16(), without.headers().get("access-control-allow-origin")),
        (200, None)
    );
}

#[tokio::test]
async fn times_out_of_range_are_a_warning_of_a_partial_success() {
    let waterfall = Waterfall::start();
    let late = "18446744073709551616";
    let traces = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{}","spanId":"0000000000000001","name":"a","startTimeUnixNano":"-1","endTimeUnixNano":{late}}}]}}]}}]}}"#,
        trace_hex(7)
    );
    let logs = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":-5}]}]}]}"#;
    for (path, body, rejected, expected) in [
        ("/v1/traces", traces.as_str(), "rejectedSpans", "2 times were out of range"),
        ("/v1/logs", logs, "rejectedLogRecords", "1 time was out of range"),
    ] {
        let response = waterfall.post(path, &[JSON], body.into()).await;
        assert_eq!(response.status(), 200);
        let partial = &response.json::<serde_json::Value>().await.unwrap()["partialSuccess"];
        assert_eq!(partial[rejected], "0");
        assert!(partial["errorMessage"].as_str().unwrap().starts_with(expected), "{partial}");
    }
    assert_eq!(waterfall.rows(7).await.len(), 1);
}

#[tokio::test]
async fn half_a_surrogate_pair_and_a_byte_order_mark_lose_no_record() {
    let waterfall = Waterfall::start();
    let span = |id: u8, name: &str| {
        format!(r#"{{"traceId":"{}","spanId":"{id:016x}","name":"{name}"}}"#, trace_hex(7))
    };
    let spans = format!(
        "\u{feff}{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{},{}]}}]}}]}}",
        span(1, r"cut \ud83d"),
        span(2, "healthy")
    );
    let log = format!(
        r#"{{"traceId":"{}","timeUnixNano":"1","body":{{"stringValue":"cut \ud83d"}}}}"#,
        trace_hex(7)
    );
    let logs = format!("\u{feff}{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{log}]}}]}}]}}");
    for (path, body) in [("/v1/traces", &spans), ("/v1/logs", &logs)] {
        let response = waterfall.post(path, &[JSON], body.clone().into()).await;
        assert_eq!((response.status().as_u16(), &*response.text().await.unwrap()), (200, "{}"), "{path}");
        assert_eq!(waterfall.post(path, &[JSON, GZIP], gzip(body.as_bytes())).await.status(), 200, "{path}");
    }
    let names: Vec<_> = waterfall.rows(7).await.iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["cut \u{fffd}", "healthy"]);
    let logs = waterfall.json(&format!("/api/ui/traces/{}/logs", trace_hex(7))).await;
    assert_eq!(logs["logs"][0]["body"]["value"], "cut \u{fffd}");
    let imported = waterfall.import(&[JSON], spans.into_bytes()).await;
    assert_eq!(imported.json::<serde_json::Value>().await.unwrap()["spans"], 2);
}

#[tokio::test]
async fn a_repeated_batch_changes_nothing() {
    let waterfall = Waterfall::start();
    let body = request(vec![of_service("shop", (1..100).map(|id| span(7, id, id - 1, "step")).collect())]);
    waterfall.export(&body).await;
    let before = waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await;
    waterfall.export(&body).await;
    assert_eq!(waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await, before);
}
