//! The waterfall on free ports, and requests to it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    thread,
};

use waterfall::{Config, Endpoints};

/// Starts the servers in this process. They run until it ends.
pub(crate) fn serve() -> Endpoints {
    let config = Config::from_env(|name| match name {
        "WATERFALL_ADDR" | "WATERFALL_OTLP_HTTP_ADDR" | "WATERFALL_OTLP_GRPC_ADDR" => {
            Some("127.0.0.1:0".into())
        }
        _ => None,
    })
    .expect("valid settings");
    let (announce, announced) = mpsc::channel();
    thread::spawn(move || {
        waterfall::run(&config, |endpoints| announce.send(*endpoints).expect("a reader"))
            .expect("the servers run");
    });
    announced.recv().expect("the servers start")
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    exchange(address, &format!("GET {path} HTTP/1.1\r\n"), &[])
}

pub(crate) fn post(address: SocketAddr, path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    exchange(
        address,
        &format!("POST {path} HTTP/1.1\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n"),
        body,
    )
}

/// Sends a request without the end of its head, and returns the body of the answer.
fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    write!(stream, "{head}host: {address}\r\nconnection: close\r\n\r\n").expect("sent");
    stream.write_all(body).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{}", String::from_utf8_lossy(&answer[end..]));
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = &answer[end + 4..];
    if is_chunked { joined(body) } else { body.to_vec() }
}

/// The chunks of a chunked body.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|bytes| bytes == b"\r\n").expect("a length");
        let length = str::from_utf8(&body[..end]).expect("a length");
        let length = usize::from_str_radix(length, 16).expect("a length");
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 2 + length + 2..];
    }
}
