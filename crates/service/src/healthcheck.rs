//! `<service> healthcheck`: asks the service of the same environment whether it is ready; for containers without a shell.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::env;
use crate::lifecycle::Part;

/// The argument that asks.
pub const ARGUMENT: &str = "healthcheck";
/// How long the service may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The beginning of an answer is all that is read.
const STATUS_LINE_BYTES: usize = 12;

/// The service is not ready.
#[derive(Debug, thiserror::Error)]
#[error("not ready: it answered {status}")]
struct NotReady {
    status: String,
}

/// Asks `/health/ready` of the service that listens where the environment says.
///
/// # Errors
/// When nothing listens, or the answer is not 200.
pub(crate) fn ask(part: Part) -> Result<(), Box<dyn Error + Send + Sync>> {
    let address = reachable(env::address(&part.address_variable(), part.default_address)?);
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; STATUS_LINE_BYTES];
    stream.read_exact(&mut start)?;
    if start.ends_with(b" 200") {
        return Ok(());
    }
    Err(NotReady { status: String::from_utf8_lossy(&start).into_owned() }.into())
}

/// What listens on every address is asked on loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(std::net::Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(std::net::Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
