//! How many worker threads and connections a server may have on this machine.

use std::thread::available_parallelism;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Worker threads, at most. Each has its own connections and buffers, and more of them do not serve faster.
const MAX_WORKERS: usize = 8;
/// Connections that one worker thread serves. Beyond that, the server accepts none.
pub(crate) const CONNECTIONS_PER_WORKER: usize = 2048;
/// Connections for each worker thread, before idle ones give way to new ones. Less than [`CONNECTIONS_PER_WORKER`],
/// because connections are not spread evenly, and take a moment to close.
const CONNECTIONS_BEFORE_EVICTION: usize = CONNECTIONS_PER_WORKER / 4 * 3;
/// File descriptors of a connection: its socket, and a duplicate to close it.
const DESCRIPTORS_PER_CONNECTION: usize = 2;
/// File descriptors for everything else: the database, calls to other services, exports.
const OTHER_DESCRIPTORS: usize = 256;

/// The number of worker threads.
pub(crate) fn workers() -> usize {
    available_parallelism().map_or(1, usize::from).min(MAX_WORKERS)
}

/// The number of connections before idle ones give way. The process asks for the file descriptors that they need, and has
/// fewer connections where it does not get them.
pub(crate) fn connections() -> usize {
    let wanted = workers() * CONNECTIONS_BEFORE_EVICTION;
    let limit = raise_descriptor_limit(wanted * DESCRIPTORS_PER_CONNECTION + OTHER_DESCRIPTORS);
    wanted.min(limit.saturating_sub(OTHER_DESCRIPTORS) / DESCRIPTORS_PER_CONNECTION).max(1)
}

/// Raises the limit of open files to `wanted`, or as far as it may, and returns it.
fn raise_descriptor_limit(wanted: usize) -> usize {
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let allowed = wanted.min(maximum.unwrap_or(u64::MAX));
    // No limit is `None`.
    let current = current.unwrap_or(u64::MAX);
    if current < allowed && setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum }).is_ok() {
        return usize::try_from(allowed).unwrap_or(usize::MAX);
    }
    usize::try_from(current).unwrap_or(usize::MAX)
}
