//! Times in another unit than nanoseconds.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Fact, Severity},
    rule::{Claims, Draft, Rule, examples, hop, spans_text},
    window::{At, Window},
};

pub(super) const RULE: Rule = Rule {
    code: "time-in-wrong-unit",
    severity: Severity::Warning,
    title: "a span has times in milliseconds, microseconds or seconds where nanoseconds are meant",
    requires: "a time before 2001 that lies within the parent when it is multiplied by the factor",
    disproof: "Nothing: no clock gives this time.",
    remedy: "Give the span its time in nanoseconds, or with the unit.",
    rust: "SystemTime::UNIX_EPOCH + Duration::from_millis(..), not from_nanos.",
    find,
};

/// Nanoseconds in one unit.
const UNITS: [(&str, u64); 3] =
    [("microseconds", 1_000), ("milliseconds", 1_000_000), ("seconds", 1_000_000_000)];

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut groups = BTreeMap::<(usize, usize), Vec<At>>::new();
    for at in window.all() {
        if let Some(unit) = unit_of(window, at) {
            groups.entry((window.service(at), unit)).or_default().push(at);
        }
    }
    let draft = |((service, unit), spans): ((usize, usize), Vec<At>)| {
        claims.add(spans.iter().copied());
        let (name, factor) = UNITS[unit];
        let names = spans.iter().map(|at| window.span(*at).name.as_ref());
        let summary = format!(
            "{} gives {} times in {name}: multiplied by {factor}, they lie within their parents.",
            window.services[service],
            spans_text(spans.len()),
        );
        Draft::new(Confidence::Certain, hop(window, service, service, None), spans.clone())
            .with("unit", Fact::Text(name.to_owned()))
            .with("names", examples(names))
            .saying(summary)
    };
    groups.into_iter().map(draft).collect()
}

/// The unit in which the start or the end makes sense.
fn unit_of(window: &Window<'_>, at: At) -> Option<usize> {
    let parent = window.parent(at).filter(|parent| !window.is_time_wrong(*parent))?;
    let span = window.span(at);
    let times = [span.start, span.end].map(trace_model::Nanos::as_unix);
    times.into_iter().filter(|time| *time > 0).find_map(|time| {
        UNITS.iter().position(|(_, factor)| {
            let meant = time.saturating_mul(*factor);
            // The time was cut to whole units.
            meant >= window.start(parent).saturating_sub(*factor) && meant <= window.end(parent) + factor
        })
    })
}
