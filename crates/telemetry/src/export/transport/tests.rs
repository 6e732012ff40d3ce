//! Tests of connections that a backend closes between two exchanges.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use super::*;

/// A backend that promises to keep each connection open, answers one request on it, and closes it.
fn closes_idle_connections() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let length = connection.read(&mut [0; 4096]).expect("a request");
            if length > 0 {
                connection
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .expect("an open connection");
                // After the exchange, so that nothing of the client runs.
                thread::sleep(Duration::from_millis(30));
            }
        }
    });
    address
}

#[test]
fn a_connection_that_was_closed_while_idle_is_not_used_again() {
    let endpoint = format!("http://{}/v1/traces", closes_idle_connections());
    let otlp = Otlp::of_endpoint(endpoint.clone(), Duration::from_secs(5), None);
    let transport = Transport::new(&otlp).expect("a client");
    for number in 0..5 {
        let request = Request::post(&endpoint).body(Bytes::from_static(b"spans")).expect("a request");
        let answer = transport.exchange(request, Duration::from_secs(5));
        assert!(answer.is_ok(), "{number}: {answer:?}");
        // The close arrives, and nothing runs that notices it.
        thread::sleep(Duration::from_millis(100));
    }
}
