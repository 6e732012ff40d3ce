//! `waterfall healthcheck`: asks the running process whether it is ready, for images without a shell.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use thiserror::Error;

use crate::config::{self, ConfigError};

/// Longer than a ready process ever takes, shorter than Docker waits.
const TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, Error)]
pub(crate) enum HealthError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("nothing answers on {address}")]
    Unreachable {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("{address} is not ready")]
    NotReady { address: SocketAddr },
}

pub(crate) fn ask() -> Result<(), HealthError> {
    let mut address = config::page_address()?;
    // Listening everywhere includes loopback; nobody can connect to "everywhere".
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let answer = get_ready(address).map_err(|source| HealthError::Unreachable { address, source })?;
    if answer.starts_with(b"HTTP/1.1 20") { Ok(()) } else { Err(HealthError::NotReady { address }) }
}

fn get_ready(address: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /health/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(1024).read_to_end(&mut answer)?;
    Ok(answer)
}
