//! A bound port, and the line that says so.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};

use serde::Serialize;

/// A port could not be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({variable}); set {variable} to another host:port")]
pub struct ListenError {
    address: SocketAddr,
    variable: String,
    #[source]
    source: std::io::Error,
}

/// Binds `address`, which came from `variable`.
///
/// # Errors
/// [`ListenError`], which names the variable to change.
pub fn bind(address: SocketAddr, variable: &str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).map_err(|source| ListenError {
        address,
        variable: variable.to_owned(),
        source,
    })
}

/// What a part says on standard output, as one line of JSON, once it listens: whoever started it on port 0 learns where
/// it is.
#[derive(Serialize)]
struct Announcement<'a> {
    part: &'a str,
    http: String,
}

/// Writes the announcement. A reader that is gone is no reason to stop.
pub(crate) fn announce(part: &str, address: SocketAddr) {
    let announcement = Announcement { part, http: format!("http://{address}") };
    if let Ok(line) = serde_json::to_string(&announcement) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
