//! AWS X-Ray's OTLP endpoint beside another one, against a stand-in: what is refused, throttled, too large or unsigned is
//! counted, and costs the other destination nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::background_server::{answering, serve};
use crate::export::{PARENT, TRACE, all_signals};
use crate::honeycomb::exported;
use crate::relay::{Relay, recording_server};
use crate::sink::Sink;

/// The exporter of X-Ray, which is the second one.
const EXPORTER: &str = "otlp_http_span_exporter/1";
const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "S3CRET0123456789")];

/// Variables that export to `local` and to X-Ray's stand-in at `xray`.
fn both<'a>(local: &'a str, xray: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let variables =
        [("TELEMETRY_XRAY", "otlp"), ("AWS_REGION", "eu-central-1"), ("AWS_ENDPOINT_URL_XRAY", xray)];
    all_signals(local, &[&variables[..], more].concat())
}

#[tokio::test]
async fn the_same_spans_arrive_signed_at_x_ray_and_unsigned_elsewhere() {
    let (local, xray) = (Sink::start(), Sink::start());
    let relay = Relay::start(&both(&local.url, &xray.url, &KEYS));
    let (to, _requests) = recording_server().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    let (_, success, printed) = relay.stop();
    assert!(success && printed.is_empty(), "{printed}");
    let ids = |sink: &Sink| {
        let mut ids: Vec<_> = sink.all().into_iter().map(|span| (span.span_id, span.parent)).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&local), ids(&xray));
    let authorization = xray.header("/v1/traces", "authorization").expect("a signature");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert_eq!(local.header("/v1/traces", "authorization"), None);
    assert_eq!(exported(&local, EXPORTER), [2, 0]);
    assert!(xray.metrics.lock().expect("no panic").is_empty(), "X-Ray takes traces alone");
}

#[tokio::test]
async fn what_x_ray_refuses_or_throttles_is_counted_and_logged_once_without_a_secret() {
    let refused = "HTTP/1.1 403 .\r\nx-amzn-errortype: UnrecognizedClientException\r\ncontent-type: text/plain\r\n\
                   content-length: 32\r\n\r\nwhat is this: S3CRET0123456789 ?";
    let throttled = "HTTP/1.1 429 .\r\ncontent-length: 0\r\n\r\n";
    for (answer, expected) in [
        (refused, "AWS does not know the access key or session token in environment variables"),
        (throttled, "the account sends more than its rate limit"),
    ] {
        let local = Sink::start();
        let xray = answering(answer).await;
        let more = [&KEYS[..], &[("OTEL_BSP_EXPORT_TIMEOUT", "300")]].concat();
        let relay = Relay::start(&both(&local.url, &xray, &more));
        let (to, _requests) = recording_server().await;
        for _ in 0..3 {
            relay.call(&[], &to).await;
        }
        local.until(|spans| (spans.len() == 6).then_some(())).await;
        let (took, success, printed) = relay.stop();
        assert!(!success && took < Duration::from_secs(7), "{took:?} {printed}");
        let lines: Vec<_> = printed.lines().filter(|line| line.contains(expected)).collect();
        let dropped = lines.iter().filter(|line| line.contains("spans were dropped")).count();
        assert_eq!((lines.len(), dropped), (2, 1), "{printed}");
        assert!(printed.contains("X-Ray (http://127.0.0.1") && !printed.contains("S3CRET"), "{printed}");
        assert_eq!(
            (exported(&local, "otlp_http_span_exporter/0"), exported(&local, EXPORTER)),
            ([6, 0], [0, 6])
        );
    }
}

#[tokio::test]
async fn a_resource_above_the_limit_is_said_and_counted_and_nothing_is_sent() {
    let (local, xray) = (Sink::start(), Sink::start());
    let resource = format!("note={}", "a".repeat(17_000));
    let more = [&KEYS[..], &[("OTEL_RESOURCE_ATTRIBUTES", &resource)]].concat();
    let relay = Relay::start(&both(&local.url, &xray.url, &more));
    let (to, _requests) = recording_server().await;
    relay.call(&[("traceparent", PARENT)], &to).await;
    local.trace(TRACE, 2).await;
    let (_, success, printed) = relay.stop();
    assert!(!success && printed.contains("16 KB of resource and scope"), "{printed}");
    assert!(xray.request_headers.lock().expect("no panic").is_empty());
    assert_eq!(exported(&local, EXPORTER), [0, 2]);
}

#[tokio::test]
async fn spans_wait_for_credentials_whose_endpoint_does_not_answer_yet() {
    let (local, xray) = (Sink::start(), Sink::start());
    let container = ContainerEndpoint::start().await;
    // No profile of this machine comes before the container.
    let more = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url.as_str()), ("HOME", "/nonexistent")];
    let relay = Relay::start(&both(&local.url, &xray.url, &more));
    let (to, _requests) = recording_server().await;
    relay.call(&[], &to).await;
    local.until(|spans| (spans.len() == 2).then_some(())).await;
    container.until_refused().await;
    container.available.store(true, Ordering::SeqCst);
    relay.call(&[("traceparent", PARENT)], &to).await;
    xray.trace(TRACE, 2).await;
    let (_, _, printed) = relay.stop();
    assert!(printed.contains("the container's credentials endpoint 127.0.0.1:"), "{printed}");
    assert!(printed.contains("it answered 500") && !printed.contains("S3CRET"), "{printed}");
    assert_eq!((exported(&local, EXPORTER), xray.all().len()), ([4, 0], 4));
}

/// The endpoint of a pod's credentials, which answers 500 until they are available.
struct ContainerEndpoint {
    url: String,
    available: Arc<AtomicBool>,
    refused: Arc<AtomicBool>,
}

impl ContainerEndpoint {
    async fn start() -> Self {
        let (available, refused) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (is_available, has_refused) = (Arc::clone(&available), Arc::clone(&refused));
        let address = serve(move |listener: TcpListener| async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let _request = stream.read(&mut [0; 4096]).await;
                let (status, body) = if is_available.load(Ordering::SeqCst) {
                    (200, r#"{"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"S3CRET","Token":"S3CRET"}"#)
                } else {
                    has_refused.store(true, Ordering::SeqCst);
                    (500, "S3CRET")
                };
                let length = body.len();
                let response = format!(
                    "HTTP/1.1 {status} .\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                let _closed = stream.write_all(response.as_bytes()).await;
            }
        });
        Self { url: format!("http://{}/v1/credentials", address.await), available, refused }
    }

    async fn until_refused(&self) {
        let began = Instant::now();
        while !self.refused.load(Ordering::SeqCst) {
            assert!(began.elapsed() < Duration::from_secs(20), "the credentials were not asked for");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
