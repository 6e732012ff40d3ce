//! A client span that begins a trace, in a service where the same call belongs to a request elsewhere.

use std::collections::BTreeMap;

use trace_model::{SpanKind, analysis::ParentOrigin};

use crate::{
    finding::{Confidence, Fact, Severity},
    hash::HashSet,
    limits,
    rule::{Claims, Draft, Rule, examples, hop, only_route},
    window::{
        At, Window,
        calls::{by_enclosure, same_id},
        coincidence,
    },
};

pub(super) const RULE: Rule = Rule {
    code: "context-lost-in-process",
    severity: Severity::Error,
    title: "a service loses the context between a request and the call that it makes for it",
    requires: "3 client roots whose call has a parent elsewhere, each within exactly one open request of its process, \
               at times that are no coincidence",
    disproof: "The calls are background work that is meant to begin traces.",
    remedy: "Hand the context to the thread, task, pool or queue that makes the call.",
    rust: "Spawn with the span: tokio::spawn(work.in_current_span()); in a thread, enter a clone of the span first.",
    find,
};

/// Service and the address that it asks.
type Group<'w> = (usize, &'w str);

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let group = |at: At| Some((window.service(at), window.asked(at)?));
    let mut children = BTreeMap::<Group<'_>, usize>::new();
    let mut roots = BTreeMap::<Group<'_>, Vec<At>>::new();
    let clients = window.all().filter(|at| window.facts(*at).is_call(window.kind(*at)));
    for at in clients.filter(|at| !claims.has(*at)) {
        let Some(group) = group(at) else { continue };
        if window.parent(at).is_some() {
            *children.entry(group).or_default() += 1;
        } else if window.parent_origin(at) == ParentOrigin::Root {
            roots.entry(group).or_default().push(at);
        }
    }
    let mut drafts = Vec::new();
    for (group, roots) in roots {
        let elsewhere = children.get(&group).copied().unwrap_or_default();
        if roots.len() >= limits::REPEATS && elsewhere >= limits::REPEATS {
            drafts.extend(draft(window, claims, group, &roots, elsewhere));
        }
    }
    drafts
}

fn draft(
    window: &Window<'_>,
    claims: &mut Claims,
    group: Group<'_>,
    roots: &[At],
    elsewhere: usize,
) -> Option<Draft> {
    let is_request = |at: &At| window.kind(*at) == SpanKind::Server;
    let requests: Vec<At> = window.spans_of(group.0).filter(is_request).collect();
    let matching = by_enclosure(
        window,
        roots,
        &requests,
        |root, request| window.process(root) == window.process(request) && !has_call(window, request, root),
        |root, request| same_id(window, root, request).is_some(),
    );
    let mut owners: Vec<(At, At)> =
        matching.pairs.iter().map(|(root, request)| (requests[*request], roots[*root])).collect();
    // A route that loses the context once is one that was open by chance.
    let mut by_route = BTreeMap::<&str, usize>::new();
    for (request, _) in &owners {
        *by_route.entry(window.route(*request)).or_default() += 1;
    }
    owners.retain(|(request, _)| by_route[window.route(*request)] >= limits::REPEATS);
    let routes: HashSet<&str> = owners.iter().map(|(request, _)| window.route(*request)).collect();
    let is_busy = |at: &&At| routes.contains(window.route(**at));
    let busy: Vec<At> = requests.iter().filter(is_busy).copied().collect();
    let share = window.share(&busy, busy.iter().chain(roots).copied());
    let all_routes: HashSet<&str> = requests.iter().map(|at| window.route(*at)).collect();
    let chance = coincidence::of_pairs(owners.len(), roots.len(), share, None);
    // Each route is a chance to be wrong.
    if owners.len() < limits::REPEATS || coincidence::of_any(chance, all_routes.len()) >= limits::CHANCE {
        return None;
    }
    let spans: Vec<At> = roots.iter().copied().chain(owners.iter().map(|(request, _)| *request)).collect();
    claims.add(spans.iter().copied());
    let of = roots.len() + elsewhere;
    let threads = roots.iter().map(|at| window.facts(*at).thread()).filter(|name| !name.is_empty());
    let callee = callee(window, roots);
    let summary = format!(
        "{} loses the context inside its process: {} of {of} calls to {} begin traces of their own, {} of them within \
         exactly one open request.",
        window.services[group.0],
        roots.len(),
        callee.map_or(group.1, |callee| window.services[callee].as_str()),
        owners.len(),
    );
    let route = only_route(window, owners.iter().map(|(request, _)| *request));
    let place = hop(window, group.0, group.0, route);
    Some(
        Draft::new(Confidence::Likely, place, spans)
            .counted(roots.len(), of)
            .with("within_one_request", Fact::Share { part: owners.len(), of: roots.len() })
            .with("within_several_requests", Fact::Count(matching.ambiguous.len()))
            .with("asked", Fact::Text(group.1.to_owned()))
            .with("threads", examples(threads))
            .with("request_routes", examples(routes))
            .joining(owners)
            .saying(summary),
    )
}

/// Whether the request made the same call itself.
fn has_call(window: &Window<'_>, request: At, root: At) -> bool {
    let calls = window.calls.of_request.get(&request).map_or(&[][..], Vec::as_slice);
    let path = window.labels(root).path;
    path.is_some() && calls.iter().any(|call| window.labels(*call).path == path)
}

/// The only service that answers these calls.
fn callee(window: &Window<'_>, clients: &[At]) -> Option<usize> {
    let mut servers = clients
        .iter()
        .flat_map(|client| window.children(*client))
        .filter(|child| window.kind(*child) == SpanKind::Server)
        .map(|child| window.service(child));
    let first = servers.next()?;
    servers.all(|service| service == first).then_some(first)
}
