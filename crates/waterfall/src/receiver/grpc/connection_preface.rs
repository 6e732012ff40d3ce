//! The first bytes of a connection: whether it is HTTP/2 at all, and that it says so in time.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// How HTTP/2 begins (RFC 9113, section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Whoever takes longer only holds a connection.
const TIMEOUT: Duration = Duration::from_secs(5);
/// What is still read of somebody who is refused.
const FAREWELL: u64 = 1 << 20;
/// For who speaks HTTP/1.1: an exporter, most likely, that was told the wrong port.
const WRONG_PORT: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n\
    This is OTLP over gRPC. OTLP over HTTP is taken at another port, 4318 unless WATERFALL_OTLP_HTTP_ADDR says otherwise.\n";

/// The connection, once it has begun as it should.
pub(super) async fn expect(stream: TcpStream) -> io::Result<impl AsyncRead + AsyncWrite> {
    let (mut reading, mut writing) = stream.into_split();
    let mut begun = [0; PREFACE.len()];
    let all = tokio::time::timeout(TIMEOUT, reading.read_exact(&mut begun));
    all.await.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "it did not begin in time"))??;
    if begun != *PREFACE {
        let refuse = async {
            writing.write_all(WRONG_PORT).await?;
            writing.shutdown().await?;
            // What it still sends is let go by, so that closing does not take the answer away from it.
            tokio::io::copy(&mut reading.take(FAREWELL), &mut tokio::io::sink()).await
        };
        let _ = tokio::time::timeout(TIMEOUT, refuse).await;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not HTTP/2"));
    }
    Ok(tokio::io::join(io::Cursor::new(begun).chain(reading), writing))
}
