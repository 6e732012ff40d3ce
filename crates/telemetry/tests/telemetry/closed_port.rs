//! A port on which nothing listens.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port of loopback that refuses connections. It is bound as long as the value exists, so that no server of another test
/// gets it.
pub(crate) struct ClosedPort(TcpSocket);

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        Self(socket)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("an address")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}
