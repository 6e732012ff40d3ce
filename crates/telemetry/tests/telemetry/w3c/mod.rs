//! Cases of the W3C trace-context test suite at its strictest level, over raw sockets against the relay example.
//!
//! Each case checks what the suite's case of the same subject checks. No code is copied from the suite.
//!
//! - `traceparent`: 23 cases of that header, and 4 of multiple calls and of Level 2
//! - `tracestate`: 14 cases

mod traceparent;
mod tracestate;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::relay::{Relay, recording_server};

const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "1234567890123456";
const GOOD: &str = "00-12345678901234567890123456789012-1234567890123456-01";

/// A relay and the server that it calls.
struct Case {
    relay: Relay,
    to: String,
    requests: UnboundedReceiver<String>,
}

/// Trace context that the relay propagated in one call.
#[derive(Debug)]
struct Propagated {
    trace_id: String,
    parent_id: String,
    flags: u8,
    /// All `tracestate` headers as one list.
    state: String,
}

impl Case {
    async fn new() -> Self {
        // Spans are recorded and printed, so no backend is needed.
        let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "console"), ("RUST_LOG", "warn")]);
        let (to, requests) = recording_server().await;
        Self { relay, to, requests }
    }

    /// Sends these headers byte for byte. The relay calls once.
    async fn send(&mut self, headers: &[(&str, &str)]) -> Propagated {
        self.calls(headers, 1).await.remove(0)
    }

    /// Sends these headers byte for byte. The relay calls `count` times.
    async fn calls(&mut self, headers: &[(&str, &str)], count: usize) -> Vec<Propagated> {
        let call = serde_json::json!({ "url": self.to, "arguments": [] });
        let body = serde_json::Value::from(vec![call; count]).to_string();
        let lines =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        let length = body.len();
        let request = format!(
            "POST /relay HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n{lines}\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.relay.address()).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("the request is sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("a response");
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        let mut propagated = Vec::new();
        for _ in 0..count {
            propagated.push(Propagated::read(&self.requests.recv().await.expect("a call")));
        }
        propagated
    }

    /// Checks that each of these values of `traceparent` is invalid and starts a new trace.
    async fn assert_new_trace(&mut self, values: &[&str]) {
        for value in values {
            let propagated = self.send(&[("traceparent", value)]).await;
            assert!(!value.contains(&propagated.trace_id), "{value:?} became {propagated:?}");
        }
    }

    /// The `tracestate` that is propagated for a valid `traceparent` with these `tracestate` headers.
    async fn state(&mut self, headers: &[&str]) -> String {
        let mut all = vec![("traceparent", "00-12345678901234567890123456789012-1234567890123456-00")];
        all.extend(headers.iter().map(|value| ("tracestate", *value)));
        let propagated = self.send(&all).await;
        assert_eq!(propagated.trace_id, TRACE, "an invalid tracestate does not affect the traceparent");
        propagated.state
    }
}

impl Propagated {
    /// Parses the head of a request, which must have exactly one `traceparent` of version 00.
    fn read(head: &str) -> Self {
        let values = |name: &str| -> Vec<String> {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
                .collect()
        };
        let parents = values("traceparent");
        assert_eq!(parents.len(), 1, "{head}");
        let parts: Vec<&str> = parents[0].split('-').collect();
        let [version, trace_id, parent_id, flags] = parts[..] else { panic!("{parents:?}") };
        let digits = |text: &str, count: usize| {
            text.len() == count
                && text.chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f'))
                && text.chars().any(|digit| digit != '0')
        };
        assert!(version == "00" && digits(trace_id, 32) && digits(parent_id, 16), "{parents:?}");
        Self {
            trace_id: trace_id.to_owned(),
            parent_id: parent_id.to_owned(),
            flags: u8::from_str_radix(flags, 16).expect("two digits"),
            state: values("tracestate").join(","),
        }
    }
}
