//! Limits on slow and oversized requests.

use crate::fixture::{read_to_end, read_until, send, server, short_limits};

const POST: &str =
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n";

#[test]
fn a_slow_head_is_a_408_and_other_clients_are_served() {
    let server = server(short_limits());
    let mut slow = send(server, "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let mut other = send(server, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(read_until(&mut other, "\r\n\r\n").starts_with("HTTP/1.1 204"));
    let response = read_to_end(&mut slow);
    assert!(response.starts_with("HTTP/1.1 408"), "{response}");
}

#[test]
fn a_body_that_does_not_arrive_in_time_is_a_408_problem() {
    let mut slow = send(server(short_limits()), &format!("{POST}\"hel"));
    let response = read_until(&mut slow, "body_too_slow");
    assert!(response.starts_with("HTTP/1.1 408") && response.contains("body_too_slow"), "{response}");
}

#[test]
fn a_body_that_arrives_in_pieces_is_read_whole() {
    use std::io::Write as _;
    let mut stream = send(server(short_limits()), &format!("{POST}\"hel"));
    stream.write_all(b"lo\"").unwrap();
    let response = read_until(&mut stream, "\"hello\"");
    assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("\"hello\""), "{response}");
}

#[test]
fn a_target_that_is_too_long_is_a_414_problem_with_its_trace() {
    let mut stream = send(
        server(short_limits()),
        &format!("GET /echo?{} HTTP/1.1\r\nHost: x\r\n\r\n", "(".repeat(30_000)),
    );
    let response = read_until(&mut stream, "uri_too_long");
    assert!(response.starts_with("HTTP/1.1 414") && response.contains("traceresponse: 00-"), "{response}");
}
