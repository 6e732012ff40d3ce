//! The sink that sends segment documents to the X-Ray daemon: one datagram each, over UDP.
//!
//! UDP does not say what arrived. When nothing listens on the daemon's port, though, the system learns of it and reports
//! the refusal on the socket. A batch is then sent again like one that an HTTP backend refused: X-Ray keeps one document
//! of an id, so that what arrived twice counts once.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use opentelemetry_sdk::Resource;

use super::segment::{Documents, Translator};
use crate::env::variables;
use crate::export::sink::{Accepted, Failure, Sink};
use crate::otlp::Batch;

/// The line before the document in each datagram.
const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

/// Longest wait for room in the socket's send buffer.
const SEND_TIMEOUT: Duration = Duration::from_millis(500);

/// The daemon as a destination of spans.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// `host:port`
    address: String,
    translator: Translator,
    /// `None` until the first batch, and after a failure: then the host is resolved again.
    socket: Option<UdpSocket>,
    /// Which of the host's addresses is used. Each failure moves on to the next one.
    attempt: usize,
    /// A datagram, whose memory the next one reuses.
    datagram: Vec<u8>,
    /// Documents that were cut since the start.
    cut: u64,
}

impl Daemon {
    /// `address` is `host:port`. It is resolved when the first batch is sent.
    pub(crate) fn new(address: String, resource: &Resource) -> Self {
        let translator = Translator::new(resource);
        Self { address, translator, socket: None, attempt: 0, datagram: Vec::new(), cut: 0 }
    }

    /// The documents of a batch.
    fn documents(&self, batch: &Batch) -> Result<Documents, Failure> {
        let mut spans = Vec::with_capacity(batch.len());
        for scope in batch.scopes() {
            spans.extend(scope.decoded().map_err(|error| Failure::Permanent(error.to_string()))?);
        }
        Ok(self.translator.documents(&spans))
    }

    /// Sends one document.
    fn send_one(&mut self, document: &[u8]) -> io::Result<()> {
        if self.socket.is_none() {
            self.socket = Some(connect(&self.address, self.attempt)?);
        }
        let Some(socket) = &self.socket else { return Ok(()) };
        self.datagram.clear();
        self.datagram.extend_from_slice(HEADER);
        self.datagram.extend_from_slice(document);
        let sent = socket.send(&self.datagram).and_then(|_| {
            // A refusal by this machine is known at once; one by another machine at the next datagram.
            socket.take_error()?.map_or(Ok(()), Err)
        });
        if sent.is_err() {
            self.socket = None;
            self.attempt = self.attempt.wrapping_add(1);
        }
        sent
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let name = variables::AWS_XRAY_DAEMON_ADDRESS.name;
        let reason = match error.kind() {
            ErrorKind::ConnectionRefused => {
                format!("nothing listens there: start the daemon, or check {name}")
            }
            _ => format!("{error}: check {name}"),
        };
        Failure::Retryable {
            retry_after: None,
            reason: format!("X-Ray daemon (udp {}): {reason}", self.address),
        }
    }

    /// What to warn of after a batch was sent.
    fn warning(&self, cut: usize) -> String {
        if cut == 0 {
            return String::new();
        }
        format!(
            "segment documents above 64 kB were cut, {} since the start: attributes are too long",
            self.cut
        )
    }
}

impl Sink for Daemon {
    fn send(&mut self, batch: &Batch, _: Duration) -> Result<Accepted, Failure> {
        let Documents { documents, cut } = self.documents(batch)?;
        for document in &documents {
            self.send_one(document).map_err(|error| self.failure(&error))?;
        }
        self.cut += u64::try_from(cut).unwrap_or(u64::MAX);
        Ok(Accepted { rejected: 0, message: self.warning(cut) })
    }
}

/// A socket that sends to one of the host's addresses.
fn connect(address: &str, attempt: usize) -> io::Result<UdpSocket> {
    let found: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
    let no_address = || io::Error::new(ErrorKind::NotFound, "the host has no address");
    let to = found.get(attempt.checked_rem(found.len()).unwrap_or_default()).ok_or_else(no_address)?;
    let from: SocketAddr = match to {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(from)?;
    socket.set_write_timeout(Some(SEND_TIMEOUT))?;
    socket.connect(to)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::otlp::{Limits, SpanData};

    fn listener(address: &str) -> UdpSocket {
        let listener = UdpSocket::bind(address).expect("a free port");
        listener.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        listener
    }

    fn received(listener: &UdpSocket) -> Value {
        let mut datagram = vec![0; 65_536];
        let length = listener.recv(&mut datagram).expect("a datagram");
        let text = std::str::from_utf8(&datagram[..length]).expect("UTF-8");
        let (header, document) = text.split_once('\n').expect("a header line");
        let header: Value = serde_json::from_str(header).expect("JSON");
        assert_eq!(header, serde_json::json!({"format": "json", "version": 1}));
        serde_json::from_str(document).expect("JSON")
    }

    fn daemon(address: String) -> Daemon {
        Daemon::new(address, &Resource::builder_empty().build())
    }

    /// A batch of one span with an attribute of this length.
    fn batch(length: usize) -> Batch {
        let mut span = SpanData::blank(Limits::default());
        span.attributes.add("app.text", "x".repeat(length).as_str());
        let mut batch = Batch::default();
        batch.add(&span);
        batch
    }

    #[test]
    fn documents_arrive_over_both_versions_of_ip_and_by_name() {
        for listening in ["127.0.0.1:0", "[::1]:0"] {
            let listener = listener(listening);
            let address = listener.local_addr().expect("an address");
            let mut daemon = daemon(address.to_string());
            daemon.send(&batch(1), SEND_TIMEOUT).expect("it is sent");
            assert_eq!(received(&listener)["annotations"]["app_text"], "x", "{address}");
        }
        let listener = listener("127.0.0.1:0");
        let port = listener.local_addr().expect("an address").port();
        let mut daemon = daemon(format!("localhost:{port}"));
        // A name may have an address of each version, of which only one answers.
        let sent = (0..4).any(|_| daemon.send(&batch(1), SEND_TIMEOUT).is_ok());
        assert!(sent, "no address of localhost answers");
        received(&listener);
    }

    #[test]
    fn a_daemon_that_is_gone_is_a_failure_until_it_is_back() {
        let gone = listener("127.0.0.1:0");
        let address = gone.local_addr().expect("an address");
        let mut daemon = daemon(address.to_string());
        daemon.send(&batch(1), SEND_TIMEOUT).expect("it is sent");
        drop(gone);
        for _ in 0..2 {
            let Err(Failure::Retryable { reason, .. }) = daemon.send(&batch(1), SEND_TIMEOUT) else {
                panic!("nothing listens")
            };
            assert_eq!(
                reason,
                format!(
                    "X-Ray daemon (udp {address}): nothing listens there: start the daemon, or check \
                     AWS_XRAY_DAEMON_ADDRESS"
                )
            );
        }
        let back = listener(&address.to_string());
        daemon.send(&batch(1), SEND_TIMEOUT).expect("it is back");
        received(&back);
    }

    #[test]
    fn a_host_without_an_address_is_a_failure() {
        let Err(Failure::Retryable { reason, .. }) =
            daemon("x-ray.invalid:2000".to_owned()).send(&batch(1), SEND_TIMEOUT)
        else {
            panic!("no such host")
        };
        assert!(reason.starts_with("X-Ray daemon (udp x-ray.invalid:2000): "), "{reason}");
    }

    #[test]
    fn a_span_of_any_size_fits_a_datagram_and_a_cut_is_reported() {
        let listener = listener("127.0.0.1:0");
        let mut daemon = daemon(listener.local_addr().expect("an address").to_string());
        let accepted = daemon.send(&batch(500_000), SEND_TIMEOUT).expect("it is sent");
        assert!(accepted.message.contains("1 since the start"), "{}", accepted.message);
        let text = received(&listener)["metadata"]["default"]["app.text"].take();
        assert_eq!(text.as_str().map(str::len), Some(1024));
    }
}
