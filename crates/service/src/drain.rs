//! The end of a server in which no request is lost.
//!
//! From the signal to stop on, every response says `Connection: close`, and readiness is 503. New connections are still
//! accepted, because a client or balancer that is told to close one opens another. The server stops when all connections
//! have ended. One on which no request comes is closed after a second: a server cannot announce that on an idle connection.

use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::time::Instant;

use crate::connections::Connections;

/// How long a connection may idle after the signal to stop before it is closed.
const IDLE: Duration = Duration::from_secs(1);
/// How long requests in flight may take to finish.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often idle connections are looked for.
const INTERVAL: Duration = Duration::from_millis(50);
/// A connection that was accepted reaches its worker within this time.
const ACCEPTED: Duration = Duration::from_millis(20);

/// Waits until the connections have ended, and stops accepting.
pub(crate) async fn drain(connections: &Connections, server: &ServerHandle) {
    let started = Instant::now();
    wait_for(connections, connections.next_id(), started).await;
    server.pause().await;
    tokio::time::sleep(ACCEPTED).await;
    wait_for(connections, u64::MAX, started).await;
}

/// Waits until the connections with an id below `end` have closed.
async fn wait_for(connections: &Connections, end: u64, started: Instant) {
    while connections.any_before(end) && started.elapsed() < TIMEOUT {
        if started.elapsed() >= IDLE {
            connections.close_idle(IDLE);
        }
        connections.wait_for_close(INTERVAL).await;
    }
}
