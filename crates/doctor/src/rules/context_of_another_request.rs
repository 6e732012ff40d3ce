//! A call that hangs below another request than the one that it was made for.

use std::collections::{BTreeMap, HashSet};

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, ends, hop, repeated},
    window::{
        At, Window,
        address::{last_segment, template},
        calls::{by_enclosure, same_id},
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
    let asked = Asked::new(window);
    let is_stray = |at: &At| !claims.has(*at) && asked.request_of_stray(window, *at).is_some();
    let strays: Vec<At> = window.all().filter(is_stray).collect();
    if strays.len() < limits::REPEATS {
        return Vec::new();
    }
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
    let mut groups = BTreeMap::<(usize, usize, String), Vec<(At, At)>>::new();
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

/// What the calls of each request ask for.
struct Asked<'w> {
    /// A request, the id that a call of it asks for, and the template of the call's path.
    ids: HashSet<(At, Option<&'w str>, String)>,
    /// A request, and the template of a call's path.
    templates: HashSet<(At, String)>,
}

impl<'w> Asked<'w> {
    fn new(window: &'w Window<'_>) -> Self {
        let mut asked = Self { ids: HashSet::new(), templates: HashSet::new() };
        for (request, calls) in &window.calls.of_request {
            for path in calls.iter().filter_map(|call| window.facts(*call).path()) {
                asked.ids.insert((*request, last_segment(path), template(path)));
                asked.templates.insert((*request, template(path)));
            }
        }
        asked
    }

    /// The request that holds a call which outlives it and asks for another id than it does, beside a call of its own.
    fn request_of_stray(&self, window: &'w Window<'_>, call: At) -> Option<At> {
        if !window.facts(call).is_call(window.kind(call)) {
            return None;
        }
        let request =
            window.request(call).filter(|request| window.process(*request) == window.process(call))?;
        let id = |at: At| window.facts(at).path().and_then(last_segment);
        let outlives = window.end(call) > window.end(request) + window.slack(call);
        let is_stray = outlives
            && id(call).is_some()
            && id(call) != id(request)
            && self.ids.contains(&(request, id(request), template(window.facts(call).path()?)));
        is_stray.then_some(request)
    }

    /// Whether the request has a call to the same path, but for ids.
    fn has_call(&self, window: &Window<'_>, request: At, call: At) -> bool {
        window.facts(call).path().is_some_and(|path| self.templates.contains(&(request, template(path))))
    }
}
