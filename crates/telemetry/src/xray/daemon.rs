//! The sink that sends segment documents to the X-Ray daemon: one datagram each, over UDP.
//!
//! UDP does not say what arrived. When nothing listens on the daemon's port, though, its host answers with an ICMP message,
//! which the socket reports as a refusal. A batch is then sent again like one that an HTTP backend refused: X-Ray keeps
//! one document of an id, so that what arrived twice counts once.

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

/// How long a batch waits for a refusal of its last datagram. One by this machine is usually known before the datagram
/// is sent, and takes longer when the kernel is busy; one by a host nearby takes less than a millisecond.
const REFUSAL_WAIT: Duration = Duration::from_millis(10);

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
    refusal_wait: Duration,
}

impl Daemon {
    /// `address` is `host:port`. It is resolved when the first batch is sent.
    pub(crate) fn new(address: String, resource: &Resource) -> Self {
        Self {
            address,
            translator: Translator::new(resource),
            socket: None,
            attempt: 0,
            datagram: Vec::new(),
            cut: 0,
            refusal_wait: REFUSAL_WAIT,
        }
    }

    /// Each batch waits this long for a refusal of its last datagram.
    pub(crate) fn waiting_for_refusals(self, refusal_wait: Duration) -> Self {
        Self { refusal_wait, ..self }
    }

    /// The documents of a batch.
    fn documents(&self, batch: &Batch) -> Result<Documents, Failure> {
        let mut spans = Vec::with_capacity(batch.len());
        for scope in batch.scopes() {
            spans.extend(scope.decoded().map_err(|error| Failure::Permanent(error.to_string()))?);
        }
        Ok(self.translator.documents(&spans))
    }

    /// Sends the documents, and waits for a refusal.
    fn send_all(&mut self, documents: &[Vec<u8>], limit: Duration) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(&self.address, self.attempt)?,
        };
        for document in documents {
            self.datagram.clear();
            self.datagram.extend_from_slice(HEADER);
            self.datagram.extend_from_slice(document);
            // Fails, too, when one of the datagrams before it was refused.
            socket.send(&self.datagram)?;
        }
        wait_for_refusal(&socket, self.refusal_wait.min(limit))?;
        self.socket = Some(socket);
        Ok(())
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
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<Accepted, Failure> {
        let Documents { documents, cut } = self.documents(batch)?;
        self.send_all(&documents, limit).map_err(|error| {
            self.attempt = self.attempt.wrapping_add(1);
            self.failure(&error)
        })?;
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

/// Fails if one of the datagrams that the socket sent is refused within this time.
fn wait_for_refusal(socket: &UdpSocket, limit: Duration) -> io::Result<()> {
    // A timeout of zero is an error.
    socket.set_read_timeout(Some(limit.max(Duration::from_millis(1))))?;
    match socket.recv(&mut [0]) {
        // A daemon answers nothing. What something else answers is not a refusal.
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
        Err(error) => Err(error),
    }
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
        // Nobody else can have the port of a connected socket, which takes datagrams of its peer alone.
        gone.connect("127.0.0.1:9").expect("a peer");
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
        drop(gone);
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
