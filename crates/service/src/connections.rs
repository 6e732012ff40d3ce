//! Open connections of a server: which ones give way when there are too many, and whether one serves a request.
//!
//! When the limit is reached, the peer address with the most connections gives up the least active ones of those that
//! serve no request. So a client that opens connections and sends nothing takes places only from itself.

use std::any::Any;
use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use rustix::net::{Shutdown, shutdown};
use tokio::sync::Notify;

/// Of so many connections, one gives way at once, so that the search for them costs little for each new connection.
const EVICTED_SHARE: usize = 64;

/// The open connections of a server. Clones share them.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    /// More connections than this make idle ones give way.
    limit: usize,
    started: Instant,
    open: Mutex<Open>,
    /// Wakes whoever waits for a connection to close.
    closed: Notify,
}

#[derive(Default)]
struct Open {
    next_id: u64,
    connections: HashMap<u64, Arc<Connection>>,
}

struct Connection {
    peer: Peer,
    /// A duplicate of its socket, to close it while the server waits for its next request. `None` when the process had no
    /// file descriptor left.
    socket: Option<OwnedFd>,
    /// Serves a request, or closes by itself after its last response.
    is_in_use: AtomicBool,
    /// In milliseconds since the server started.
    last_active: AtomicU64,
    server_started: Instant,
}

/// Who shares connections: an IPv4 address, or the 64 bits of an IPv6 address that a network is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Peer {
    V4(u32),
    V6(u64),
    Unknown,
}

/// A connection among the extensions of its requests. It is open as long as this exists.
pub(crate) struct OpenConnection {
    id: u64,
    connection: Arc<Connection>,
    connections: Connections,
}

/// A request on a connection, until its response is made.
pub(crate) struct Busy {
    connection: Arc<Connection>,
    is_last: bool,
}

impl Connections {
    pub(crate) fn new(limit: usize) -> Self {
        let (started, open, closed) = (Instant::now(), Mutex::default(), Notify::new());
        Self(Arc::new(Shared { limit, started, open, closed }))
    }

    /// Adds a new connection to those that are open, for the `on_connect` of a server.
    pub(crate) fn add(&self, stream: &dyn Any, extensions: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else { return };
        let connection = Arc::new(Connection {
            peer: stream.peer_addr().map_or(Peer::Unknown, |address| Peer::of(address.ip())),
            socket: stream.as_fd().try_clone_to_owned().ok(),
            is_in_use: AtomicBool::new(false),
            last_active: AtomicU64::new(self.now()),
            server_started: self.0.started,
        });
        let mut open = self.open();
        if open.connections.len() >= self.0.limit {
            open.make_room();
        }
        let id = open.next_id;
        open.next_id += 1;
        open.connections.insert(id, Arc::clone(&connection));
        drop(open);
        extensions.insert(OpenConnection { id, connection, connections: self.clone() });
    }

    /// The ids of all connections that were opened until now are below this.
    pub(crate) fn next_id(&self) -> u64 {
        self.open().next_id
    }

    /// Whether a connection with an id below `end` is open.
    pub(crate) fn any_before(&self, end: u64) -> bool {
        self.open().connections.keys().any(|id| *id < end)
    }

    /// Closes the connections that have served no request for this time.
    pub(crate) fn close_idle(&self, idle: Duration) {
        let now = self.now();
        for connection in self.open().connections.values().filter(|it| it.is_idle(now, idle)) {
            connection.close();
        }
    }

    /// Waits until a connection has closed since the last call, at most this long.
    pub(crate) async fn wait_for_close(&self, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.0.closed.notified()).await;
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        milliseconds(self.0.started.elapsed())
    }
}

impl Open {
    /// Closes idle connections: those of the peer with the most connections, else of any.
    fn make_room(&mut self) {
        let mut by_peer: HashMap<Peer, usize> = HashMap::new();
        for connection in self.connections.values() {
            *by_peer.entry(connection.peer).or_default() += 1;
        }
        let largest = by_peer.into_iter().max_by_key(|(_, count)| *count).map(|(peer, _)| peer);
        let count = self.connections.len() / EVICTED_SHARE + 1;
        let mut victims = self.idlest(count, |connection| Some(connection.peer) == largest);
        if victims.is_empty() {
            victims = self.idlest(count, |_| true);
        }
        for id in victims {
            if let Some(connection) = self.connections.remove(&id) {
                connection.close();
            }
        }
    }

    /// The connections that have been idle for longest.
    fn idlest(&self, count: usize, filter: impl Fn(&Connection) -> bool) -> Vec<u64> {
        let idle = self.connections.iter().filter(|(_, it)| !it.is_in_use() && filter(it));
        let mut idle: Vec<_> = idle.map(|(id, it)| (it.last_active.load(Ordering::Relaxed), *id)).collect();
        idle.sort_unstable();
        idle.into_iter().take(count).map(|(_, id)| id).collect()
    }
}

impl Connection {
    fn is_in_use(&self) -> bool {
        self.is_in_use.load(Ordering::Relaxed)
    }

    fn is_idle(&self, now: u64, time: Duration) -> bool {
        let idle = now.saturating_sub(self.last_active.load(Ordering::Relaxed));
        !self.is_in_use() && idle >= milliseconds(time)
    }

    /// The server sees the end of the connection, and closes it.
    fn close(&self) {
        if let Some(socket) = &self.socket {
            // An error means that the connection has ended.
            let _ = shutdown(socket, Shutdown::Both);
        }
    }
}

impl Peer {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d].into_iter().fold(0, |bits, segment| bits << 16 | u64::from(segment)))
            }
        }
    }
}

impl OpenConnection {
    /// Marks the connection as serving a request.
    pub(crate) fn busy(&self) -> Busy {
        self.connection.is_in_use.store(true, Ordering::Relaxed);
        Busy { connection: Arc::clone(&self.connection), is_last: false }
    }
}

impl Busy {
    /// The response says `Connection: close`: the server closes the connection when it has written the response.
    pub(crate) fn is_last(&mut self) {
        self.is_last = true;
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.connections.open().connections.remove(&self.id);
        self.connections.0.closed.notify_one();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Self { connection, is_last } = self;
        let now = milliseconds(connection.server_started.elapsed());
        connection.last_active.store(now, Ordering::Relaxed);
        connection.is_in_use.store(*is_last, Ordering::Relaxed);
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
