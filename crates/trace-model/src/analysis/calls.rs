//! Calls from one span to another: what of the caller's time the callee covers, and calls that were given up.

use crate::SpanKind;

use super::rows::Rows;

/// A CLIENT span and the one SERVER span that answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub client: usize,
    pub server: usize,
    pub outcome: Outcome,
}

/// What is known of the time between the two spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nanoseconds of the client's time before and after the server's. It may be the network, a queue, an accept backlog,
    /// a connection pool or a frozen process: nothing tells which. Negative where clocks differ or are coarse.
    Answered { before: i64, after: i64 },
    /// The caller failed after `waited` nanoseconds without an answer; the callee began `began` and ended `ended`
    /// nanoseconds after the caller's start, later than the caller had ended.
    GivenUp { waited: i64, began: i64, ended: i64 },
}

/// All calls with both spans, in the order of the clients' rows.
pub fn calls(rows: &Rows<'_>) -> Vec<Call> {
    let clients = rows.iter().filter(|(_, row)| row.kind == SpanKind::Client && !row.has_no_time);
    clients
        .filter_map(|(client, call)| {
            let server = only_server(rows, client)?;
            let answer = &rows[server];
            let outcome = if !call.is_answered && answer.end > call.end {
                let [began, ended] = [answer.start, answer.end].map(|time| time - call.start);
                Outcome::GivenUp { waited: call.duration(), began, ended }
            } else {
                Outcome::Answered { before: answer.start - call.start, after: call.end - answer.end }
            };
            Some(Call { client, server, outcome })
        })
        .collect()
}

/// The SERVER span below a client, unless there are several: a retry or a mirror hides behind one CLIENT then.
pub(super) fn only_server(rows: &Rows<'_>, client: usize) -> Option<usize> {
    let mut servers = rows.children(client).filter(|&child| rows[child].kind == SpanKind::Server);
    let server = servers.next().filter(|&server| !rows[server].has_no_time)?;
    servers.next().is_none().then_some(server)
}
