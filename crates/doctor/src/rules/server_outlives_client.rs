//! Servers that end after the client that called them, without an error.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, ends, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "server-outlives-client",
    severity: Severity::Note,
    title: "server spans end after the client spans of their calls, which succeeded",
    requires: "3 calls of one route, and half of its calls, whose server ends over 10 ms after its client, in traces without \
               clock skew",
    disproof: "A call of this route whose server ends first.",
    remedy: "If the body is streamed, nothing; else end the client span when the body has been read, and the server span when \
             the response is sent.",
    rust: "With this workspace's telemetry, a client span ends with its body.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut routes = BTreeMap::<(usize, usize, &str), Vec<(At, At)>>::new();
    for call in window.calls.whole.iter().filter(|call| !claims.has(call.server)) {
        let client = window.row(call.client);
        let is_well = client.is_answered && !client.is_error;
        if is_well
            && window.traces[call.server.trace].clocks.is_empty()
            && window.is_later(window.end(call.server), window.end(call.client), call.server)
        {
            let key = (window.service(call.client), window.service(call.server), window.route(call.server));
            routes.entry(key).or_default().push((call.client, call.server));
        }
    }
    let mut drafts = Vec::new();
    for ((from, to, route), calls) in repeated(routes) {
        let all = window.calls.whole_hops.get(&(from, to)).map_or(&[][..], Vec::as_slice);
        let all = all.iter().filter(|call| window.route(call.server) == route).count();
        if calls.len() * 2 < all {
            continue;
        }
        let late = calls.iter().map(|(client, server)| window.end(*server) - window.end(*client));
        let longest = i64::try_from(late.max().unwrap_or_default()).unwrap_or(i64::MAX);
        let summary = format!(
            "{} of {all} requests of {} to {} on {route} end after their client span.",
            calls.len(),
            window.services[from],
            window.services[to],
        );
        let mut causes = vec![
            "the client span ends with the headers, and the body is streamed",
            "the server works on after it has answered",
        ];
        if !calls.iter().any(|(client, server)| share_clock(window, *client, *server)) {
            causes.push("the clocks of the two hosts differ");
        }
        drafts.push(
            Draft::new(Confidence::OneOf(causes), hop(window, from, to, Some(route)), ends(&calls).collect())
                .counted(calls.len(), all)
                .with("longest", Fact::Duration(longest))
                .saying(summary),
        );
    }
    drafts
}

/// Whether one clock made the times of both spans, as their resources say.
fn share_clock(window: &Window<'_>, client: At, server: At) -> bool {
    window.trace(client).rows.share_clock(client.row, server.row) == Some(true)
}
