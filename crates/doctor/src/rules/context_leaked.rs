//! Work in a steady beat that hangs below a request which ended long ago.

use std::collections::BTreeMap;

use trace_model::SpanKind;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "context-leaked",
    severity: Severity::Warning,
    title: "background work keeps the context of the request that started it",
    requires: "8 spans of one name in a steady beat that begin after their request ended, in no more than one request of ten",
    disproof: "The request is meant to start this work and to be its parent, as a long poll does.",
    remedy: "Start background work with an empty context.",
    rust: "Give the spawned task a root span (parent: None) instead of in_current_span.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    // By request, the spans that begin after it ended, with their starts.
    let mut late = BTreeMap::<At, Vec<(u64, At)>>::new();
    let mut requests = BTreeMap::<(usize, &str), usize>::new();
    for at in window.all() {
        let Some(request) = window.request(at) else { continue };
        if request == at {
            *requests.entry((window.service(at), window.route(at))).or_default() += 1;
        } else if window.process(request) == window.process(at)
            && window.kind(at) != SpanKind::Consumer
            && window.start(at) > window.end(request) + window.slack(at)
        {
            late.entry(request).or_default().push((window.start(at), at));
        }
    }
    late.retain(|_, spans| spans.len() >= limits::BEATS);
    let mut works = BTreeMap::<(usize, &str, &str), Vec<Vec<At>>>::new();
    for (request, mut spans) in late {
        spans.sort_unstable();
        let mut names = BTreeMap::<&str, Vec<At>>::new();
        for (_, at) in spans {
            names.entry(window.span(at).name.as_ref()).or_default().push(at);
        }
        for (name, spans) in names {
            if spans.len() >= limits::BEATS && is_steady(window, &spans) {
                let key = (window.service(request), window.route(request), name);
                works.entry(key).or_default().push(spans);
            }
        }
    }
    let mut drafts = Vec::new();
    for ((service, route, name), leaks) in works {
        let of = requests[&(service, route)];
        if leaks.len() > 1 && leaks.len() * 10 > of {
            continue;
        }
        let spans: Vec<At> = leaks.iter().flatten().copied().collect();
        claims.add(spans.iter().copied());
        let beat = window.start(spans[1]) - window.start(spans[0]);
        let summary = format!(
            "{} goes on with \"{name}\" below a request of {route} that ended: {} spans in a steady beat, in {} of {of} \
             requests.",
            window.services[service],
            spans.len(),
            leaks.len(),
        );
        drafts.push(
            Draft::new(Confidence::Likely, hop(window, service, service, Some(route)), spans)
                .counted(leaks.len(), of)
                .with("beat", Fact::Duration(i64::try_from(beat).unwrap_or(i64::MAX)))
                .saying(summary),
        );
    }
    drafts
}

/// Whether the spans begin at equal distances: most within a quarter of the median.
fn is_steady(window: &Window<'_>, spans: &[At]) -> bool {
    let distance = |pair: &[At]| window.start(pair[1]).saturating_sub(window.start(pair[0]));
    let mut distances: Vec<u64> = spans.windows(2).map(distance).collect();
    distances.sort_unstable();
    let median = distances[distances.len() / 2];
    let close = distances.iter().filter(|distance| distance.abs_diff(median) * 4 <= median).count();
    median > 0 && close * 10 >= distances.len() * 9
}
