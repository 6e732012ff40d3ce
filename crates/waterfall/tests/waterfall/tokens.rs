//! Access with the tokens of readers and senders. No token is ever logged.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use reqwest::{Method, Response, header::HeaderMap};
use tonic::{Code, Request, transport::Channel};

use crate::{
    encoding::{JSON, PROTOBUF},
    process::{Waterfall, fails},
    rpc::Status,
    sign_in::sign_in,
    spans::{of_service, request, span, trace_hex},
};

pub(crate) const READ: &str = "read-0123456789abcdef";
const INGEST: &str = "ingest-0123456789abcdef";
const WRONG: &str = "wrong-0123456789abcdef";

pub(crate) fn with_tokens() -> Waterfall {
    Waterfall::with(&[("WATERFALL_READ_TOKEN", READ), ("WATERFALL_INGEST_TOKEN", INGEST)])
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn only_health_checks_are_open_without_a_token() {
    let waterfall = with_tokens();
    for path in [
        "/",
        "/trace/4bf92f3577b34da6a3ce929d0e0e4736",
        "/assets/style/base.css",
        "/favicon.ico",
        "/api/stream",
        "/api/ui/traces",
        "/api/ui/status",
        "/api/v3/services",
        "/api/services",
        "/api/traces",
        "/nothing",
        "/health",
    ] {
        let response = waterfall.get(path).await;
        assert_eq!(response.status(), 401, "{path}");
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        assert!(response.headers().contains_key("content-security-policy"));
        let body = response.text().await.unwrap();
        assert!(body.contains("WATERFALL_READ_TOKEN") && !body.starts_with('{'), "{body}");
    }
    for method in [Method::POST, Method::OPTIONS, Method::HEAD, Method::DELETE] {
        let url = format!("{}/api/ui/traces", waterfall.ready.http);
        assert_eq!(waterfall.client.request(method, url).send().await.unwrap().status(), 401);
    }
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(waterfall.get(path).await.status(), 204);
    }
}

#[tokio::test]
async fn the_read_token_grants_access() {
    let waterfall = with_tokens();
    let ask = |token: &'static str| {
        let url = format!("{}/api/ui/traces", waterfall.ready.http);
        waterfall.client.get(url).header("authorization", bearer(token)).send()
    };
    assert_eq!(ask(READ).await.unwrap().status(), 200);
    for wrong in [WRONG, INGEST, "", "read-0123456789abcde", "read-0123456789abcdef0"] {
        assert_eq!(ask(wrong).await.unwrap().status(), 401, "{wrong}");
    }
}

#[tokio::test]
async fn senders_without_a_token_get_instructions_in_their_encoding() {
    let waterfall = with_tokens();
    let body = request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])]);
    for (header, protobuf) in [(PROTOBUF, true), (JSON, false)] {
        for given in [None, Some(bearer(WRONG)), Some(bearer(READ))] {
            let mut headers = vec![header, ("origin", "http://localhost:3000")];
            headers.extend(given.as_deref().map(|given| ("authorization", given)));
            // A body larger than the socket buffers still gets its response.
            let body = if protobuf { body.encode_to_vec() } else { vec![b' '; 4 << 20] };
            let response = waterfall.post("/v1/traces", &headers, body).await;
            assert_eq!(response.status(), 401, "{given:?}");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:3000");
            assert_eq!(response.headers()["content-type"], header.1);
            let (code, message) = if protobuf {
                let status = Status::decode(response.bytes().await.unwrap()).unwrap();
                (i64::from(status.code), status.message)
            } else {
                let status: serde_json::Value = response.json().await.unwrap();
                (status["code"].as_i64().unwrap(), status["message"].to_string())
            };
            assert_eq!(code, 16);
            assert!(message.contains("OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"), "{message}");
        }
    }
    for path in ["/v1/metrics", "/v1/logs"] {
        assert_eq!(waterfall.post(path, &[PROTOBUF], vec![]).await.status(), 401);
    }
    let token = bearer(INGEST);
    let headers = [PROTOBUF, ("authorization", token.as_str())];
    let response = waterfall.post("/v1/traces", &headers, body.encode_to_vec()).await;
    assert_eq!(response.status(), 200);
    let url = format!("{}/api/ui/traces/{}", waterfall.ready.http, trace_hex(7));
    let response = waterfall.client.get(url).header("authorization", bearer(READ)).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn cors_preflight_needs_no_token() {
    let waterfall = with_tokens();
    let url = format!("{}/v1/traces", waterfall.ready.otlp_http);
    let preflight = waterfall
        .client
        .request(Method::OPTIONS, url)
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 204);
    assert!(preflight.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
}

#[tokio::test]
async fn grpc_requires_the_token_in_its_metadata() {
    let waterfall = with_tokens();
    let channel = Channel::from_shared(waterfall.ready.otlp_grpc.clone()).unwrap().connect().await.unwrap();
    let mut client = TraceServiceClient::new(channel);
    for given in [None, Some(WRONG)] {
        let mut call = Request::new(request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])]));
        if let Some(given) = given {
            call.metadata_mut().insert("authorization", bearer(given).parse().unwrap());
        }
        let status = client.export(call).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{status}");
        assert!(
            status.message().contains("OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"),
            "{status}"
        );
    }
    let mut call = Request::new(request(vec![of_service("shop", vec![span(7, 1, 0, "buy")])]));
    call.metadata_mut().insert("authorization", bearer(INGEST).parse().unwrap());
    client.export(call).await.unwrap();
}

#[tokio::test]
async fn invalid_tokens_are_delayed_or_refused_and_the_valid_one_is_served_meanwhile() {
    let waterfall = with_tokens();
    let url = format!("{}/api/ui/traces", waterfall.ready.http);
    let ask = |token: &'static str| waterfall.client.get(&url).header("authorization", bearer(token)).send();
    let started = Instant::now();
    let flood = join_all((0..100).map(|_| ask(WRONG)));
    let right = async {
        for _ in 0..20 {
            assert_eq!(ask(READ).await.unwrap().status(), 200);
        }
    };
    let (responses, ()) = tokio::join!(flood, right);
    assert!(started.elapsed() >= Duration::from_millis(500));
    let headers = |response: &Response| -> HeaderMap { response.headers().clone() };
    let refused: Vec<_> =
        responses.into_iter().map(Result::unwrap).filter(|response| response.status() == 429).collect();
    assert!(refused.len() > 30, "{}", refused.len());
    assert_eq!(headers(&refused[0])["retry-after"], "1");
    let lines = waterfall.log().matches("invalid token").count();
    assert_eq!(lines, 1, "log messages must be rate-limited");
}

#[tokio::test]
async fn log_and_errors_never_contain_a_token() {
    let waterfall = Waterfall::with(&[
        ("WATERFALL_READ_TOKEN", READ),
        ("WATERFALL_INGEST_TOKEN", INGEST),
        ("RUST_LOG", "trace"),
    ]);
    waterfall.client.get(&waterfall.ready.http).header("authorization", bearer(READ)).send().await.unwrap();
    sign_in(&waterfall, READ, "/", &[]).await;
    sign_in(&waterfall, WRONG, "/", &[]).await;
    waterfall.post("/v1/traces", &[PROTOBUF, ("authorization", &bearer(INGEST))], vec![]).await;
    waterfall.post("/v1/traces", &[PROTOBUF, ("authorization", &bearer(WRONG))], vec![]).await;
    let channel = Channel::from_shared(waterfall.ready.otlp_grpc.clone()).unwrap().connect().await.unwrap();
    let mut call = Request::new(request(vec![]));
    call.metadata_mut().insert("authorization", bearer(INGEST).parse().unwrap());
    TraceServiceClient::new(channel).export(call).await.unwrap();
    let log = waterfall.log();
    assert!(log.contains("invalid token"), "{log}");
    for token in [READ, INGEST, WRONG] {
        assert!(!log.contains(token), "{log}");
    }
    for variable in ["WATERFALL_READ_TOKEN", "WATERFALL_INGEST_TOKEN"] {
        for bad in ["too short", "long enough, but not in one word"] {
            let (status, stderr) = fails(&[(variable, bad)]);
            assert_eq!(status.code(), Some(1));
            assert!(
                stderr.starts_with(&format!("waterfall: {variable} must be 16 to 512 letters")),
                "{stderr}"
            );
            assert!(!stderr.contains(bad) && stderr.lines().count() == 1, "{stderr}");
        }
    }
}

#[tokio::test]
async fn an_open_address_beyond_loopback_is_logged_as_a_warning() {
    let everywhere = ("WATERFALL_ADDR", "0.0.0.0:0");
    let grpc = ("WATERFALL_OTLP_GRPC_ADDR", "0.0.0.0:0");
    let log = Waterfall::with(&[everywhere, grpc]).log();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 2, "{log}");
    assert!(
        warnings[0].contains("set WATERFALL_READ_TOKEN")
            && warnings[1].contains("set WATERFALL_INGEST_TOKEN")
    );
    let log = Waterfall::with(&[
        everywhere,
        grpc,
        ("WATERFALL_READ_TOKEN", READ),
        ("WATERFALL_INGEST_TOKEN", INGEST),
    ])
    .log();
    assert!(!log.contains("WARN"), "{log}");
    assert!(!Waterfall::start().log().contains("WARN"));
}
