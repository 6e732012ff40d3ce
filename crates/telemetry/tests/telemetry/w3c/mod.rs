//! The cases of the W3C's trace-context suite, at its strictest, over raw sockets against the relay example.
//!
//! Each case says what the suite's case of the same subject asks; nothing here is the suite's code. `traceparent` has its 23 cases of
//! that header and the four of several calls and of Level 2, `tracestate` its 14: all 41.

mod traceparent;
mod tracestate;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::relay::{Relay, listener};

const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "1234567890123456";
const GOOD: &str = "00-12345678901234567890123456789012-1234567890123456-01";

/// A relay, and what it calls.
struct Case {
    relay: Relay,
    to: String,
    told: UnboundedReceiver<String>,
}

/// What a call of the relay carried.
#[derive(Debug)]
struct Carried {
    trace_id: String,
    parent_id: String,
    flags: u8,
    /// All `tracestate` headers as one list.
    state: String,
}

impl Case {
    async fn new() -> Self {
        // Spans are recorded, and go where nobody waits for them.
        let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "console"), ("RUST_LOG", "warn")]);
        let (to, told) = listener().await;
        Self { relay, to, told }
    }

    /// Sends these headers byte for byte, and has the relay call once.
    async fn send(&mut self, headers: &[(&str, &str)]) -> Carried {
        self.calls(headers, 1).await.remove(0)
    }

    /// Sends these headers byte for byte, and has the relay call `count` times.
    async fn calls(&mut self, headers: &[(&str, &str)], count: usize) -> Vec<Carried> {
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
        stream.write_all(request.as_bytes()).await.expect("a request that leaves");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let mut carried = Vec::new();
        for _ in 0..count {
            carried.push(Carried::read(&self.told.recv().await.expect("a call")));
        }
        carried
    }

    /// Each of these values of `traceparent` is none: a new trace begins.
    async fn starts_anew(&mut self, values: &[&str]) {
        for value in values {
            let carried = self.send(&[("traceparent", value)]).await;
            assert!(!value.contains(&carried.trace_id), "{value:?} became {carried:?}");
        }
    }

    /// What a valid `traceparent` with these `tracestate` headers carries on.
    async fn state(&mut self, headers: &[&str]) -> String {
        let mut all = vec![("traceparent", "00-12345678901234567890123456789012-1234567890123456-00")];
        all.extend(headers.iter().map(|value| ("tracestate", *value)));
        let carried = self.send(&all).await;
        assert_eq!(carried.trace_id, TRACE, "a bad tracestate leaves the traceparent as it is");
        carried.state
    }
}

impl Carried {
    /// Exactly one `traceparent`, of the form that version 00 has.
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
