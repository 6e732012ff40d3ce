//! What runs beside the services:
//!
//! ```text
//! workload sink                           a backend that accepts OTLP over HTTP; prints its address, and after each line
//!                                         on standard input the spans and bytes of them that it has received since
//! workload load ADDRESS SECONDS           requests over 16 connections; prints how many were answered in a second, and
//!                                         how many were sent in all
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use workload::Connection;

const CONNECTIONS: usize = 16;

/// The largest export that is read.
const MAX_BODY: usize = 64 * 1024 * 1024;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["sink"] => sink(),
        ["load", address, seconds] => {
            let seconds = seconds.parse().map_err(io::Error::other)?;
            load(address.parse().map_err(io::Error::other)?, Duration::from_secs(seconds))
        }
        _ => Err(io::Error::other("usage: workload sink | workload load ADDRESS SECONDS")),
    }
}

/// Sends requests for this long, after a second in which the service becomes warm.
fn load(address: SocketAddr, duration: Duration) -> io::Result<()> {
    let start = Instant::now() + Duration::from_secs(1);
    let end = start + duration;
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            thread::spawn(move || -> io::Result<(u64, u64)> {
                let mut connection = Connection::open(address)?;
                let (mut answered, mut sent) = (0, 0);
                loop {
                    connection.request()?;
                    sent += 1;
                    let now = Instant::now();
                    if now >= end {
                        return Ok((answered, sent));
                    }
                    answered += u64::from(now >= start);
                }
            })
        })
        .collect();
    let (mut all_answered, mut all_sent) = (0, 0);
    for thread in threads {
        let (answered, sent) =
            thread.join().map_err(|_| io::Error::other("a connection's thread panicked"))??;
        all_answered += answered;
        all_sent += sent;
    }
    println!("{} {all_sent}", all_answered / duration.as_secs().max(1));
    Ok(())
}

#[derive(Default)]
struct Received {
    spans: AtomicU64,
    bytes: AtomicU64,
}

fn sink() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    let received = Arc::new(Received::default());
    let counted = Arc::clone(&received);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let received = Arc::clone(&counted);
            thread::spawn(move || accept(stream, &received));
        }
    });
    for line in io::stdin().lines() {
        line?;
        let (spans, bytes) =
            (received.spans.swap(0, Ordering::Relaxed), received.bytes.swap(0, Ordering::Relaxed));
        println!("{spans} {bytes}");
    }
    Ok(())
}

/// Answers the requests of one connection with 200.
fn accept(stream: TcpStream, received: &Received) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        if length > MAX_BODY {
            return Err(io::Error::other("the export is too large"));
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        received.spans.fetch_add(count_spans(&body), Ordering::Relaxed);
        received.bytes.fetch_add(length as u64, Ordering::Relaxed);
        writer.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
        )?;
    }
}

/// The spans of an `ExportTraceServiceRequest`: `resource_spans` (1) have `scope_spans` (2), which have `spans` (2).
fn count_spans(request: &[u8]) -> u64 {
    let mut spans = 0;
    for resource_spans in messages(request, 1) {
        for scope_spans in messages(resource_spans, 2) {
            spans += messages(scope_spans, 2).count() as u64;
        }
    }
    spans
}

/// The messages in the field `number`. It ends where the encoding is not that of a message.
fn messages(mut rest: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        loop {
            let key = varint(&mut rest)?;
            let length = match key & 7 {
                0 => {
                    varint(&mut rest)?;
                    0
                }
                1 => 8,
                2 => usize::try_from(varint(&mut rest)?).ok()?,
                5 => 4,
                _ => return None,
            };
            let (value, after) = rest.split_at_checked(length)?;
            rest = after;
            if key == number << 3 | 2 {
                return Some(value);
            }
        }
    })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
