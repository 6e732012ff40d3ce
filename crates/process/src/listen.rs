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

/// Attempts to find a port that is free on all addresses.
const MAX_ATTEMPTS: usize = 16;

/// Binds all addresses of a host, the value of `variable`, on one port: port 0 is chosen once. An address of the other
/// version of IP than the first is left out where the system has none.
///
/// # Errors
/// [`ListenError`], which names the variable to change.
pub fn bind_all(addresses: &[SocketAddr], variable: &str) -> Result<Vec<TcpListener>, ListenError> {
    let Some((first, others)) = addresses.split_first() else { return Ok(Vec::new()) };
    let mut attempts = 0;
    'port: loop {
        let mut listeners = vec![bind(*first, variable)?];
        let port = listeners.iter().find_map(|listener| listener.local_addr().ok()).map_or(0, |it| it.port());
        attempts += 1;
        for address in others {
            match bind(SocketAddr::new(address.ip(), port), variable) {
                Ok(listener) => listeners.push(listener),
                Err(error) if error.is_unavailable() && address.is_ipv4() != first.is_ipv4() => {}
                Err(error) if error.is_in_use() && first.port() == 0 && attempts < MAX_ATTEMPTS => {
                    continue 'port;
                }
                Err(error) => return Err(error),
            }
        }
        return Ok(listeners);
    }
}

impl ListenError {
    /// Whether the machine does not have the address.
    fn is_unavailable(&self) -> bool {
        // `EAFNOSUPPORT` has no kind of its own: the system has no IPv6 at all.
        self.source.kind() == io::ErrorKind::AddrNotAvailable
            || self.source.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
    }

    fn is_in_use(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
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
    fn all_addresses_of_a_host_have_one_port() {
        let addresses = ["127.0.0.1:0", "127.0.0.2:0"].map(|address| address.parse().unwrap());
        let bound = bind_all(&addresses, "ADDR").unwrap();
        let [first, second] = [&bound[0], &bound[1]].map(|listener| listener.local_addr().unwrap());
        assert_eq!((first.port(), bound.len()), (second.port(), 2));
        assert_ne!(first.ip(), second.ip());
        assert!(bind_all(&[first, second], "ADDR").is_err(), "in use");
    }

    #[test]
    fn an_address_of_the_other_version_that_the_machine_lacks_is_left_out() {
        // An address for documentation, which no machine has.
        let addresses = ["127.0.0.1:0", "[2001:db8::1]:0"].map(|address| address.parse().unwrap());
        assert_eq!(bind_all(&addresses, "ADDR").unwrap().len(), 1);
        let of_one_version = ["127.0.0.1:0", "192.0.2.1:0"].map(|address| address.parse().unwrap());
        assert!(bind_all(&of_one_version, "ADDR").is_err());
    }

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
