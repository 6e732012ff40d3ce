//! Long texts of clients: they are recorded up to a length, and cost no other span its place in the queue.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::harness;
use crate::relay::{Relay, recording_server};
use crate::sink::Sink;

/// The characters that are recorded of one text.
const RECORDED: usize = 2_048;
const LONG: usize = 20_000;

#[tokio::test]
async fn user_agent_host_method_path_and_query_are_recorded_up_to_a_length() {
    let (harness, long) = (harness(), "A".repeat(LONG));
    let address = harness.url.strip_prefix("http://").expect("a URL");
    let trace = "0af7651916cd43dd8448eb211c80fa11";
    let request = format!(
        "{long} /{long}?{long} HTTP/1.1\r\nhost: {long}\r\nuser-agent: {long}\r\nconnection: close\r\n\
         traceparent: 00-{trace}-00f067aa0ba902b7-01\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("a response");
    assert!(response.starts_with("HTTP/1.1 4"), "{response}");
    let span = harness.sink.trace(trace, 1).await.remove(0);
    for key in
        ["http.request.method_original", "url.path", "url.query", "server.address", "user_agent.original"]
    {
        assert_eq!(span.text(key).map(str::len), Some(RECORDED), "{key}");
    }
}

/// The kilobytes of memory that a process uses.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn long_headers_neither_fill_the_memory_nor_cost_ordinary_traces() {
    let sink = Sink::start();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str()), ("RUST_LOG", "warn")];
    let relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    let before = resident(relay.pid());
    let (client, long) = (reqwest::Client::new(), "a".repeat(60_000));
    for at in 0..600 {
        let url = format!("http://{}/relay?{}", relay.address(), &long[..2_000]);
        let request = client.post(url).header("user-agent", &long).json(&[(); 0]);
        assert_eq!(request.send().await.expect("a response").status(), 200);
        if at % 60 == 0 {
            relay
                .call(&[("traceparent", "00-0af7651916cd43dd8448eb211c80fa12-00f067aa0ba902b7-01")], &to)
                .await;
        }
    }
    let grown = resident(relay.pid()).saturating_sub(before);
    assert!(grown < 40_000, "{grown} kB");
    assert_eq!(sink.trace("0af7651916cd43dd8448eb211c80fa12", 20).await.len(), 20);
    let (_, success, printed) = relay.stop();
    assert!(success, "{printed}");
    assert_eq!(sink.all().len(), 620);
}
