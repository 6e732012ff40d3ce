//! Readiness check of a running part, for images without a shell or curl.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Bounds the connection and each read and write. A ready part responds sooner, and Docker waits longer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// `HTTP/1.1 200`: nothing after the status is read.
const STATUS_LINE_BYTES: usize = 12;

/// A part is not ready.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    #[error("no answer from {address}")]
    NoAnswer {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("{address} is not ready: it answered {status:?}")]
    NotReady { address: SocketAddr, status: String },
}

/// Requests `/health/ready` from the part that listens on `address`.
///
/// # Errors
/// [`HealthcheckError`] when nothing responds in time, or the status is not 2xx.
fn healthcheck(address: SocketAddr) -> Result<(), HealthcheckError> {
    let address = connectable(address);
    let status = ready_status(address).map_err(|source| HealthcheckError::NoAnswer { address, source })?;
    if status.starts_with("HTTP/1.1 2") {
        Ok(())
    } else {
        Err(HealthcheckError::NotReady { address, status })
    }
}

/// Requests `/health/ready` from the part that listens on these addresses: from the first one that answers. The machine may
/// lack some.
///
/// # Errors
/// [`HealthcheckError`] when none responds in time, or the status is not 2xx.
pub fn healthcheck_any(addresses: &[SocketAddr]) -> Result<(), HealthcheckError> {
    let mut outcome = Ok(());
    for address in addresses {
        outcome = healthcheck(*address);
        if !matches!(outcome, Err(HealthcheckError::NoAnswer { .. })) {
            break;
        }
    }
    outcome
}

fn ready_status(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    // In one piece: a server that answers after the first would reset the connection.
    stream.write_all(request.as_bytes())?;
    let mut status = [0; STATUS_LINE_BYTES];
    stream.read_exact(&mut status)?;
    Ok(String::from_utf8_lossy(&status).into_owned())
}

/// Loopback for a part that listens on every address: 0.0.0.0 and [::] are no destinations.
fn connectable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::error_chain;

    /// Answers one request with `response`.
    fn server(response: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /health/ready HTTP/1.1\r\n"));
            stream.write_all(response.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn a_part_is_ready_when_it_answers_2xx() {
        healthcheck(server("HTTP/1.1 200 OK\r\n\r\n")).unwrap();
        healthcheck(server("HTTP/1.1 204 No Content\r\n\r\n")).unwrap();
        let address = server("HTTP/1.1 503 Service Unavailable\r\n\r\n");
        assert_eq!(
            healthcheck(address).unwrap_err().to_string(),
            format!("{address} is not ready: it answered \"HTTP/1.1 503\"")
        );
    }

    #[test]
    fn the_first_address_that_answers_decides() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        healthcheck_any(&[silent, server("HTTP/1.1 204 No Content\r\n\r\n")]).unwrap();
        let stopping = server("HTTP/1.1 503 Service Unavailable\r\n\r\n");
        let error = healthcheck_any(&[stopping, silent]).unwrap_err();
        assert!(matches!(error, HealthcheckError::NotReady { .. }), "{error}");
        assert!(matches!(healthcheck_any(&[silent]), Err(HealthcheckError::NoAnswer { .. })));
    }

    #[test]
    fn a_part_that_does_not_listen_is_not_ready() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = healthcheck(address).unwrap_err();
        assert!(error_chain(&error).starts_with(&format!("no answer from {address}: Connection refused")));
    }

    #[test]
    fn a_part_that_listens_everywhere_is_checked_on_loopback() {
        for (listens, connects) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")]
        {
            assert_eq!(connectable(listens.parse().unwrap()), connects.parse().unwrap());
        }
    }
}
