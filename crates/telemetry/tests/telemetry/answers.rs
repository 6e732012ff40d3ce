//! What a backend says is done: pauses, odd answers of success, pages in place of answers, and warnings.

use std::time::{Duration, SystemTime};

use crate::background_server::{answering, counting};
use crate::export::all_signals;
use crate::relay::{Relay, recording_server};

/// Longer than many schedules of each signal.
const WATCHED: Duration = Duration::from_secs(2);

async fn call(relay: &Relay, times: usize) {
    let (to, _requests) = recording_server().await;
    for _ in 0..times {
        assert_eq!(relay.call(&[], &to).await.status(), 200);
    }
}

#[tokio::test]
async fn a_pause_of_half_a_minute_or_more_is_kept_by_all_signals() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2 * 60));
    for pause in ["30", "3600", &date] {
        let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after";
        let (url, requests) = counting(format!("{head}: {pause}\r\n\r\n").leak()).await;
        let more = [("OTEL_METRIC_EXPORT_INTERVAL", "50")];
        let relay = Relay::start(&all_signals(&url, &more));
        let started = std::time::Instant::now();
        while started.elapsed() < WATCHED {
            call(&relay, 1).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (took, success, printed) = relay.stop();
        assert!(!success && took < Duration::from_secs(7), "{took:?} {printed}");
        for signal in ["traces", "metrics", "logs"] {
            assert_eq!(requests.to(&format!("/v1/{signal}")), 1, "{pause}: {signal}");
        }
        assert!(printed.contains("answered 503"), "{printed}");
    }
}

#[tokio::test]
async fn a_short_pause_loses_nothing() {
    let refusals = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n";
    let (url, requests) = counting(refusals).await;
    requests.accept_after(2);
    let relay = Relay::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())]);
    call(&relay, 1).await;
    requests.wait_for("/v1/traces", 3).await;
    assert!(relay.stop().1);
}

#[tokio::test]
async fn an_odd_answer_of_success_is_not_sent_again() {
    let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{}", "x".repeat(100_000));
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 3\r\n\r\n\u{1}ab",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        // The connection ends, and the body does not arrive.
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnot a length\r\n",
        long.leak(),
    ] {
        let (url, requests) = counting(answer).await;
        let more = [("OTEL_EXPORTER_OTLP_TIMEOUT", "300")];
        let variables = [&[("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())], &more[..]].concat();
        let relay = Relay::start(&variables);
        call(&relay, 1).await;
        let (_, success, printed) = relay.stop();
        assert!(success, "{answer:.60}: {printed}");
        assert_eq!(requests.to("/v1/traces"), 1, "{answer:.60}: {printed}");
    }
}

#[tokio::test]
async fn a_page_is_no_success_for_any_signal() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 6\r\n\r\n<html>";
    let url = answering(page).await;
    let relay = Relay::start(&all_signals(&url, &[]));
    call(&relay, 1).await;
    let (_, success, printed) = relay.stop();
    assert!(!success, "{printed}");
    for what in ["spans could not be exported", "metrics could not be exported", "log records could not be"] {
        let line = printed.lines().find(|line| line.contains(what));
        assert!(line.is_some_and(|line| line.contains("that is a web page, not OTLP")), "{what}: {printed}");
    }
}

#[tokio::test]
async fn the_reason_of_a_partial_success_is_logged_for_metrics_and_logs_too() {
    for (body, expected) in [
        (
            r#"{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"the quota is used up"}}"#,
            "rejected 7 data",
        ),
        (r#"{"partialSuccess":{"errorMessage":"the key expires tomorrow"}}"#, "with a warning"),
    ] {
        for signal in ["METRICS", "LOGS"] {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
            let url = answering(format!("{head}: {}\r\n\r\n{body}", body.len()).leak()).await;
            let name = format!("OTEL_{signal}_EXPORTER");
            let variables = [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
                ("OTEL_TRACES_EXPORTER", "none"),
                (&*name, "otlp"),
            ];
            let relay = Relay::start(&variables);
            call(&relay, 1).await;
            let (_, _, printed) = relay.stop();
            let line = printed.lines().find(|line| line.contains(expected));
            assert!(line.is_some(), "{signal}: {printed}");
        }
    }
}
