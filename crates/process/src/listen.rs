//! A bound port, and its announcement on standard output.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};

use serde::Serialize;

/// A port cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({variable}); set {variable} to another host:port")]
pub struct ListenError {
    address: SocketAddr,
    variable: String,
    #[source]
    source: io::Error,
}

/// Binds `address`, the value of `variable`, without blocking accepts.
///
/// # Errors
/// [`ListenError`], which names the variable to change.
pub fn bind(address: SocketAddr, variable: &str) -> Result<TcpListener, ListenError> {
    let failed = |source| ListenError { address, variable: variable.to_owned(), source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Writes one line of JSON to standard output once a part listens: a launcher that gave it port 0 learns the port.
///
/// The line is an object with `part`, the name of the part, and the URLs that it serves. Errors are ignored: a closed
/// standard output is no reason to stop.
pub fn announce(announcement: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(announcement) {
        let mut stdout = io::stdout().lock();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_chain;

    #[test]
    fn a_port_in_use_names_the_variable_to_change() {
        let listener = bind("127.0.0.1:0".parse().unwrap(), "ADDR").unwrap();
        let address = listener.local_addr().unwrap();
        let text = error_chain(&bind(address, "ADDR").unwrap_err());
        let expected = format!(
            "cannot listen on {address} (ADDR); set ADDR to another host:port: Address already in use"
        );
        assert!(text.starts_with(&expected), "{text}");
    }
}
