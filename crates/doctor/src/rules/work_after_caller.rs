//! Work that begins after the caller has given up.

use std::collections::BTreeMap;

use trace_model::analysis::calls::{Outcome, calls};

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, hop, repeated},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "work-after-caller-gone",
    severity: Severity::Note,
    title: "a service begins more work for a request whose caller has given up",
    requires: "3 calls of one route that failed without an answer, below which a span begins over 10 ms after the caller had \
               given up, in traces without clock skew",
    disproof: "The work is wanted without the caller, too: a write, or the filling of a cache.",
    remedy: "Look at the request's cancellation or deadline before each step, and stop.",
    rust: "With HttpServer::h1_allow_half_closed(false), actix-web drops a handler's future when its client disconnects; tasks \
           of tokio::spawn go on.",
    find,
};

/// A call that was given up, and what began later.
struct GivenUp {
    client: At,
    server: At,
    /// When the last span below began, after the caller had given up.
    late: u64,
}

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut routes = BTreeMap::<(usize, usize, &str), Vec<GivenUp>>::new();
    for trace in (0..window.traces.len()).filter(|trace| window.traces[*trace].clocks.is_empty()) {
        for call in given_up(window, trace).into_iter().filter(|call| !claims.has(call.server)) {
            let key = (window.service(call.client), window.service(call.server), window.route(call.server));
            routes.entry(key).or_default().push(call);
        }
    }
    repeated(routes)
        .map(|((from, to, route), calls)| {
            let is_one_clock = calls.iter().all(|call| {
                window.traces[call.client.trace].rows.share_clock(call.client.row, call.server.row)
                    == Some(true)
            });
            let confidence = if is_one_clock { Confidence::Certain } else { Confidence::Likely };
            let longest = calls.iter().map(|call| call.late).max().unwrap_or_default();
            let summary = format!(
                "{} begins more work for {} requests on {route} after {} has given up on them.",
                window.services[to],
                calls.len(),
                window.services[from],
            );
            let spans = calls.iter().flat_map(|call| [call.client, call.server]).collect();
            Draft::new(confidence, hop(window, from, to, Some(route)), spans)
                .counted(calls.len(), calls.len())
                .with("longest", Fact::Duration(i64::try_from(longest).unwrap_or(i64::MAX)))
                .saying(summary)
        })
        .collect()
}

fn given_up(window: &Window<'_>, trace: usize) -> Vec<GivenUp> {
    let rows = &window.traces[trace].rows;
    let is_unanswered = |(_, row): (usize, &trace_model::analysis::rows::Row)| !row.is_answered;
    if !rows.iter().any(is_unanswered) {
        return Vec::new();
    }
    // By row, the latest start below it.
    let mut latest: Vec<u64> = window.rows_of(trace).map(|at| window.start(at)).collect();
    for row in (0..rows.len()).rev() {
        if let Some(parent) = rows[row].parent {
            latest[parent] = latest[parent].max(latest[row]);
        }
    }
    let calls = calls(rows).into_iter().filter(|call| matches!(call.outcome, Outcome::GivenUp { .. }));
    let given_up = calls.filter_map(|call| {
        let [client, server] = [call.client, call.server].map(|row| At { trace, row });
        let (latest, gone) = (latest[call.server], window.end(client));
        let is_late = window.is_later(latest, gone, server);
        is_late.then(|| GivenUp { client, server, late: latest - gone })
    });
    given_up.collect()
}
