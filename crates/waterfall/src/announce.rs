//! The line on standard output that says where this process listens, for whoever started it on port 0.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
};

use serde::Serialize;
use thiserror::Error;

/// A port could not be had.
#[derive(Debug, Error)]
#[error("cannot listen on {address} ({variable}); set {variable} to another host:port")]
pub struct ListenError {
    address: SocketAddr,
    variable: &'static str,
    #[source]
    source: std::io::Error,
}

/// Binds `address`, which came from `variable`.
pub(crate) fn bind(address: SocketAddr, variable: &'static str) -> Result<TcpListener, ListenError> {
    let failed = |source| ListenError { address, variable, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

#[derive(Serialize)]
struct Announcement {
    part: &'static str,
    http: String,
    otlp_http: String,
    otlp_grpc: String,
}

/// Writes the line. A reader that is gone is no reason to stop.
pub(crate) fn announce(page: SocketAddr, otlp_http: SocketAddr, otlp_grpc: SocketAddr) {
    let url = |address| format!("http://{address}");
    let announcement = Announcement {
        part: "waterfall",
        http: url(page),
        otlp_http: url(otlp_http),
        otlp_grpc: url(otlp_grpc),
    };
    if let Ok(line) = serde_json::to_string(&announcement) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
