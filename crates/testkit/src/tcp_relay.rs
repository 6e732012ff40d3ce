//! TCP relay whose target a test changes: what a virtual IP address or a connection pooler is to its clients.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::http_server::lock;

/// A relay on a free port of loopback, for as long as the test's process runs.
pub struct TcpRelay {
    address: SocketAddr,
    route: Arc<Mutex<Route>>,
}

/// Where connections lead.
struct Route {
    target: SocketAddr,
    /// Both ends of each connection.
    connections: Vec<Connection>,
}

#[derive(Clone)]
struct Connection {
    ends: Arc<[TcpStream; 2]>,
    /// Whether nothing passes any more, though the connection stays open.
    is_cut: Arc<Mutex<bool>>,
}

impl TcpRelay {
    /// Relays to `target`.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        let route = Arc::new(Mutex::new(Route { target, connections: Vec::new() }));
        let relay = Self { address, route: Arc::clone(&route) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A target that is down ends the connection.
                let _closed = relay_connection(client, &route);
            }
        });
        relay
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections to `target`, and closes the others.
    pub fn lead_to(&self, target: SocketAddr) {
        let mut route = lock(&self.route);
        route.target = target;
        for connection in route.connections.drain(..) {
            connection.close();
        }
    }

    /// Leads new connections to `target`. Nothing passes over the others any more, and neither end is told: as when
    /// the host of the old target lost its power.
    pub fn lead_silently_to(&self, target: SocketAddr) {
        let mut route = lock(&self.route);
        route.target = target;
        for connection in &route.connections {
            *lock(&connection.is_cut) = true;
        }
    }
}

fn relay_connection(client: TcpStream, route: &Mutex<Route>) -> io::Result<()> {
    let mut route = lock(route);
    let server = TcpStream::connect(route.target)?;
    let connection = Connection { ends: Arc::new([client, server]), is_cut: Arc::default() };
    for (from, to) in [(0, 1), (1, 0)] {
        let connection = connection.clone();
        thread::spawn(move || {
            let _either_end_may_close = connection.copy(from, to);
            if !*lock(&connection.is_cut) {
                connection.close();
            }
        });
    }
    route.connections.push(connection);
    Ok(())
}

impl Connection {
    fn copy(&self, from: usize, to: usize) -> io::Result<()> {
        let (mut from, mut to) = (&self.ends[from], &self.ends[to]);
        let mut buffer = [0; 16 << 10];
        loop {
            let length = from.read(&mut buffer)?;
            if length == 0 {
                return Ok(());
            }
            if !*lock(&self.is_cut) {
                to.write_all(&buffer[..length])?;
            }
        }
    }

    fn close(&self) {
        for end in &*self.ends {
            let _may_be_closed = end.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A server that answers each connection with `name`, and then with what it reads.
    fn server(name: u8) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                thread::spawn(move || {
                    client.write_all(&[name])?;
                    io::copy(&mut client.try_clone()?, &mut client)
                });
            }
        });
        address
    }

    fn connect(relay: &TcpRelay) -> (TcpStream, u8) {
        let mut stream = TcpStream::connect(relay.address()).unwrap();
        let mut name = [0];
        stream.read_exact(&mut name).unwrap();
        (stream, name[0])
    }

    #[test]
    fn new_connections_lead_to_the_new_target_and_old_ones_end() {
        let relay = TcpRelay::start(server(b'a'));
        let (mut old, name) = connect(&relay);
        old.write_all(b"x").unwrap();
        old.read_exact(&mut [0]).unwrap();
        relay.lead_to(server(b'b'));
        assert_eq!((name, connect(&relay).1), (b'a', b'b'));
        assert_eq!(old.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn connections_to_a_target_without_power_stay_open_and_silent() {
        let relay = TcpRelay::start(server(b'a'));
        let (mut old, name) = connect(&relay);
        relay.lead_silently_to(server(b'b'));
        assert_eq!((name, connect(&relay).1), (b'a', b'b'));
        old.write_all(b"x").unwrap();
        old.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let silence = old.read(&mut [0]).unwrap_err();
        assert!(matches!(silence.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{silence}");
    }
}
