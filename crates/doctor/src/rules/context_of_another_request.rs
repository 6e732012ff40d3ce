//! A call that hangs below another request than the one that it was made for.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Fact, Severity},
    hash::HashSet,
    limits,
    rule::{Claims, Draft, Rule, ends, hop, repeated},
    window::{
        At, Window,
        address::last_segment,
        calls::{by_enclosure, same_id},
        labels::Label,
    },
};

pub(super) const RULE: Rule = Rule {
    code: "context-of-another-request",
    severity: Severity::Error,
    title: "a service makes calls in the context of another request of the same route",
    requires: "3 calls that outlive their request and ask for another id, each within exactly one other request of that id \
               and route which has no such call",
    disproof: "The first request really asks for the ids of the others.",
    remedy: "Bind each call-back to the context of its request when it is queued.",
    rust: "Store the Span with the queued work, and run the work with .instrument(span).",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let is_late = |at: &At| !claims.has(*at) && outlives_its_request(window, *at);
    let mut strays: Vec<At> = window.all().filter(is_late).collect();
    if strays.len() < limits::REPEATS {
        return Vec::new();
    }
    let asks_for_its_id = |(request, calls): &(&At, &Vec<At>)| {
        let own = id(window, **request);
        calls.iter().any(|call| id(window, *call) == own)
    };
    let holders: HashSet<At> =
        window.calls.of_request.iter().filter(asks_for_its_id).map(|(request, _)| *request).collect();
    strays.retain(|stray| window.request(*stray).is_some_and(|request| holders.contains(&request)));
    if strays.len() < limits::REPEATS {
        return Vec::new();
    }
    let asked = Asked::new(window);
    strays.retain(|stray| asked.has_own_call_beside(window, *stray));
    let is_request = |at: &At| window.kind(*at) == SpanKind::Server && !claims.has(*at);
    let requests: Vec<At> = window.all().filter(is_request).collect();
    let fits = |stray: At, request: At| {
        let Some(holder) = window.request(stray) else { return false };
        window.process(stray) == window.process(request)
            && same_id(window, stray, request).is_some()
            && window.route(holder) == window.route(request)
            && !asked.has_call(window, request, stray)
    };
    let matching = by_enclosure(window, &strays, &requests, fits, |_, _| false);
    let mut groups = BTreeMap::<(usize, usize, &str), Vec<(At, At)>>::new();
    for (stray, request) in matching.pairs {
        let (stray, request) = (strays[stray], requests[request]);
        let callee = window.children(stray).find(|child| window.kind(*child) == SpanKind::Server);
        let callee = callee.map_or_else(|| window.service(stray), |callee| window.service(callee));
        let key = (window.service(stray), callee, window.route(request));
        groups.entry(key).or_default().push((request, stray));
    }
    repeated(groups)
        .map(|((service, callee, route), pairs)| {
            let spans: Vec<At> = ends(&pairs).collect();
            claims.add(spans.iter().copied());
            let summary = format!(
                "{} makes {} calls for requests of {route} in the context of another request, so they hang below the wrong \
                 one.",
                window.services[service],
                pairs.len(),
            );
            Draft::new(Confidence::Likely, hop(window, service, service, Some(route)), spans)
                .counted(pairs.len(), pairs.len())
                .with("callee", Fact::Text(window.services[callee].clone()))
                .joining(pairs)
                .saying(summary)
        })
        .collect()
}

/// Whether a call ends after its request, and asks for another id than it does.
fn outlives_its_request(window: &Window<'_>, call: At) -> bool {
    let Some(request) = window.request(call).filter(|_| window.kind(call) == SpanKind::Client) else {
        return false;
    };
    window.process(request) == window.process(call)
        && window.end(call) > window.end(request) + window.slack(call)
        && window.facts(call).is_call(SpanKind::Client)
        && id(window, call).is_some_and(|own| id(window, request) != Some(own))
}

fn id<'w>(window: &'w Window<'_>, at: At) -> Option<&'w str> {
    window.facts(at).path().and_then(last_segment)
}

/// What the calls of each request ask for.
struct Asked<'w> {
    /// A request, the id that a call of it asks for, and the template of the call's path.
    ids: HashSet<(At, Option<&'w str>, Label)>,
    /// A request, and the template of a call's path.
    templates: HashSet<(At, Label)>,
}

impl<'w> Asked<'w> {
    fn new(window: &'w Window<'_>) -> Self {
        let mut asked = Self { ids: HashSet::default(), templates: HashSet::default() };
        for (request, calls) in &window.calls.of_request {
            for call in calls {
                if let Some(path) = window.labels(*call).path {
                    asked.ids.insert((*request, id(window, *call), path));
                    asked.templates.insert((*request, path));
                }
            }
        }
        asked
    }

    /// Whether the request that holds a call has a call like it for its own id.
    fn has_own_call_beside(&self, window: &'w Window<'_>, call: At) -> bool {
        let (Some(request), Some(path)) = (window.request(call), window.labels(call).path) else {
            return false;
        };
        self.ids.contains(&(request, id(window, request), path))
    }

    /// Whether the request has a call to the same path, but for ids.
    fn has_call(&self, window: &Window<'_>, request: At, call: At) -> bool {
        window.labels(call).path.is_some_and(|path| self.templates.contains(&(request, path)))
    }
}
