//! HTTP/2 connection preface: distinguishes gRPC clients from clients of other protocols, within a timeout.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// RFC 9113, section 3.4.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A client that takes longer only occupies a connection.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes that are still read from a refused client.
const MAX_DISCARDED: u64 = 1 << 20;

/// Reads the preface, and returns a connection that still contains it. A client of another protocol, most likely
/// HTTP/1.1, gets the response `wrong_port`.
pub(super) async fn read(
    stream: TcpStream,
    wrong_port: &str,
) -> io::Result<impl AsyncRead + AsyncWrite + use<>> {
    let (mut reading, mut writing) = stream.into_split();
    let mut received = [0; PREFACE.len()];
    let read = tokio::time::timeout(TIMEOUT, reading.read_exact(&mut received));
    read.await.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no HTTP/2 preface in time"))??;
    if received != *PREFACE {
        let refuse = async {
            writing.write_all(wrong_port.as_bytes()).await?;
            writing.shutdown().await?;
            // Closing a socket with unread bytes resets the connection, and the client may lose the response.
            tokio::io::copy(&mut reading.take(MAX_DISCARDED), &mut tokio::io::sink()).await
        };
        let _ = tokio::time::timeout(TIMEOUT, refuse).await;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not an HTTP/2 connection"));
    }
    Ok(tokio::io::join(io::Cursor::new(received).chain(reading), writing))
}
