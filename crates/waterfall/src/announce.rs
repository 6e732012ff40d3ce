//! Where this process listens, and the line on standard output that says so, for whoever started it on port 0.

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

/// Where everything answers, and what is asked for there.
#[derive(Debug, Clone, Copy)]
pub struct Listening {
    /// The page and the query API.
    pub page: SocketAddr,
    pub otlp_http: SocketAddr,
    pub otlp_grpc: SocketAddr,
    /// Whether reading needs a token.
    pub read_token: bool,
    /// Whether sending needs one.
    pub ingest_token: bool,
}

#[derive(Serialize)]
struct Announcement {
    part: &'static str,
    http: String,
    otlp_http: String,
    otlp_grpc: String,
}

/// Writes the line. A reader that is gone is no reason to stop.
pub fn announce(listening: &Listening) {
    let url = |address| format!("http://{address}");
    let announcement = Announcement {
        part: "waterfall",
        http: url(listening.page),
        otlp_http: url(listening.otlp_http),
        otlp_grpc: url(listening.otlp_grpc),
    };
    if let Ok(line) = serde_json::to_string(&announcement) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
