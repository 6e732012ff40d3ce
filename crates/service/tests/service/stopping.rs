//! A stop loses no request: every answer after the signal says `Connection: close`, and only idle connections are closed.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use service::limits::Limits;

use crate::fixture::{Server, read_to_end, read_until, send, short_limits};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const READY: &str = "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n";
const STOPS: usize = 20;
const CLIENTS: usize = 16;

#[test]
fn no_request_is_lost_at_a_stop_under_load() {
    for _ in 0..STOPS {
        let server = Server::start(Limits::default());
        let (address, answered) = (server.address, Arc::new(AtomicUsize::new(0)));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let answered = Arc::clone(&answered);
                thread::spawn(move || requests_until_closed(address, &answered))
            })
            .collect();
        let started = Instant::now();
        while answered.load(Ordering::Relaxed) < 10 * CLIENTS {
            assert!(started.elapsed() < testkit::DEADLINE);
            thread::yield_now();
        }
        let stopping = server.stop();
        for client in clients {
            client.join().expect("every request has its answer");
        }
        stopping.wait();
    }
}

/// Sends requests on one connection until an answer says that it is the last one.
fn requests_until_closed(address: SocketAddr, answered: &AtomicUsize) {
    let mut stream = send(address, "");
    loop {
        stream.write_all(LIVE.as_bytes()).expect("the server reads");
        let response = read_until(&mut stream, "\r\n\r\n");
        assert!(response.starts_with("HTTP/1.1 204"), "{response:?}");
        answered.fetch_add(1, Ordering::Relaxed);
        if response.contains("connection: close") {
            return;
        }
    }
}

/// Waits until the server answers readiness with 503: it has seen the stop.
fn wait_until_stopping(address: SocketAddr) {
    let started = Instant::now();
    loop {
        let response = read_to_end(&mut send(address, &READY.replace("Host", "Connection: close\r\nHost")));
        if response.starts_with("HTTP/1.1 503") {
            assert!(response.contains(r#"{"status":"stopping"}"#), "{response}");
            return;
        }
        assert!(started.elapsed() < testkit::DEADLINE, "{response}");
    }
}

#[test]
fn a_request_on_an_idle_connection_soon_after_the_stop_is_the_last_one() {
    let server = Server::start(Limits::default());
    let address = server.address;
    let mut idle = send(address, LIVE);
    let response = read_until(&mut idle, "\r\n\r\n");
    assert!(!response.contains("connection: close"), "{response}");
    let stopping = server.stop();
    wait_until_stopping(address);
    idle.write_all(LIVE.as_bytes()).unwrap();
    let response = read_to_end(&mut idle);
    assert!(response.starts_with("HTTP/1.1 204") && response.contains("connection: close"), "{response}");
    stopping.wait();
}

#[test]
fn a_request_that_is_half_sent_at_the_stop_gets_its_answer() {
    let server = Server::start(Limits::default());
    let address = server.address;
    let (first, second) = LIVE.split_at(20);
    let mut half_a_head = send(address, first);
    let post =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n";
    let mut half_a_body = send(address, &format!("{post}\"hel"));
    let stopping = server.stop();
    wait_until_stopping(address);
    half_a_head.write_all(second.as_bytes()).unwrap();
    half_a_body.write_all(b"lo\"").unwrap();
    assert!(read_to_end(&mut half_a_head).starts_with("HTTP/1.1 204"));
    let response = read_to_end(&mut half_a_body);
    assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("\"hello\""), "{response}");
    stopping.wait();
}

#[test]
fn an_idle_connection_is_closed_after_a_second() {
    let server = Server::start(Limits::default());
    let mut idle = send(server.address, LIVE);
    read_until(&mut idle, "\r\n\r\n");
    let started = Instant::now();
    let stopping = server.stop();
    assert_eq!(read_to_end(&mut idle), "");
    stopping.wait();
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_request_that_never_ends_does_not_hold_up_the_stop() {
    let server = Server::start(short_limits());
    let post =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n";
    let mut slow = send(server.address, post);
    let stopping = server.stop();
    let response = read_to_end(&mut slow);
    assert!(response.starts_with("HTTP/1.1 408"), "{response}");
    let started = Instant::now();
    while !stopping.has_ended() {
        assert!(started.elapsed() < testkit::DEADLINE);
        thread::yield_now();
    }
    stopping.wait();
}

#[test]
fn a_server_without_connections_stops_at_once() {
    let server = Server::start(Limits::default());
    drop(TcpStream::connect(server.address).unwrap());
    let started = Instant::now();
    server.stop().wait();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}
