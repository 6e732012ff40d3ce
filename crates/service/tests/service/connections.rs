//! Clients that open connections and send nothing do not lock out others.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, TcpStream};

use service::limits::Limits;
use tokio::net::TcpSocket;

use crate::fixture::{read_to_end, read_until, send, server, short_limits};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const LIMIT: usize = 64;

fn limits() -> Limits {
    Limits { connections: LIMIT, ..Limits::default() }
}

/// A connection that had one request, from another address of this machine.
fn connect_from(source: IpAddr, server: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((source, 0).into()).unwrap();
        socket.connect(server).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(testkit::DEADLINE)).unwrap();
    request(stream)
}

fn request(mut stream: TcpStream) -> TcpStream {
    stream.write_all(LIVE.as_bytes()).unwrap();
    let response = read_until(&mut stream, "\r\n\r\n");
    assert!(response.starts_with("HTTP/1.1 204"), "{response:?}");
    stream
}

#[test]
fn a_connection_without_a_request_is_closed() {
    let server = server(short_limits());
    let mut idle = request(send(server, ""));
    let mut half_a_head = request(send(server, ""));
    half_a_head.write_all(b"GET /health/live HT").unwrap();
    assert_eq!(read_to_end(&mut idle), "");
    assert_eq!(read_to_end(&mut half_a_head), "");
}

#[test]
fn the_least_active_connection_gives_way_to_a_new_one() {
    let server = server(limits());
    let connections: Vec<_> = (0..LIMIT).map(|_| request(send(server, ""))).collect();
    let mut connections = connections.into_iter();
    let (mut first, second) = (connections.next().unwrap(), connections.next().unwrap());
    // The first one becomes the most active one.
    first = request(first);
    let newest = request(send(server, ""));
    assert_eq!(read_to_end(&mut { second }), "", "it was idle for longest");
    for open in [first, newest].into_iter().chain(connections.skip(1)) {
        request(open);
    }
}

#[test]
fn connections_of_one_address_give_way_only_to_each_other() {
    let server = server(limits());
    let other = connect_from("127.0.0.2".parse().unwrap(), server);
    let connections: Vec<_> = (0..3 * LIMIT).map(|_| request(send(server, ""))).collect();
    request(other);
    let open = connections.into_iter().rev().take(LIMIT / 2);
    open.for_each(|connection| drop(request(connection)));
}

#[test]
fn a_connection_that_serves_a_request_never_gives_way() {
    let server = server(limits());
    let post =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n";
    let mut busy = send(server, &format!("{post}\"hel"));
    let _others: Vec<_> = (0..3 * LIMIT).map(|_| request(send(server, ""))).collect();
    busy.write_all(b"lo\"").unwrap();
    assert!(read_until(&mut busy, "\"hello\"").starts_with("HTTP/1.1 200"));
}
