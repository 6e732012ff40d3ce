//! A message without context: its consumer begins a trace, and links to nothing.

use std::collections::BTreeMap;

use trace_model::{SpanId, SpanKind, TraceId, analysis::ParentOrigin};

use crate::{
    finding::{Confidence, Fact, Severity},
    hash::HashSet,
    limits,
    rule::{Claims, Draft, Rule, ends, hop},
    window::{At, Window, coincidence},
};

pub(super) const RULE: Rule = Rule {
    code: "message-without-context",
    severity: Severity::Error,
    title: "a producer sends messages without the trace context",
    requires: "3 producers without child or link, each followed by one consumer root without link at the same destination, \
               so soon that it is no coincidence",
    disproof: "Another producer, which sends no spans, fills the same queue.",
    remedy: "Inject the context into the message's headers; extract it in the consumer, as parent or as link.",
    rust: "Store the traceparent with the message, as crates/activities does in its outbox.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let linked: HashSet<(TraceId, SpanId)> = window
        .all()
        .filter(|at| window.span(*at).link_count > 0)
        .flat_map(|at| window.span(at).links())
        .filter_map(|link| Some((link.trace_id?, link.span_id?)))
        .collect();
    // By destination: the messages that were sent, and those that were received, by time.
    let mut queues = BTreeMap::<&str, Vec<(u64, bool, At)>>::new();
    for at in window.all().filter(|at| !window.facts(*at).destination().is_empty()) {
        let reference = window.reference(at);
        let is_sent = match window.kind(at) {
            SpanKind::Producer => {
                let is_known = linked.contains(&(reference.trace_id, reference.span_id));
                if is_known || window.children(at).next().is_some() {
                    continue;
                }
                true
            }
            SpanKind::Consumer
                if window.parent_origin(at) == ParentOrigin::Root && window.span(at).link_count == 0 =>
            {
                false
            }
            _ => continue,
        };
        let time = window.start(at);
        let destination = window.facts(at).destination();
        queues.entry(destination).or_default().push((time, !is_sent, at));
    }
    queues.into_iter().filter_map(|(name, queue)| draft(window, claims, name, queue)).collect()
}

fn draft(
    window: &Window<'_>,
    claims: &mut Claims,
    destination: &str,
    mut queue: Vec<(u64, bool, At)>,
) -> Option<Draft> {
    queue.sort_unstable();
    let pairs: Vec<(At, At)> = queue
        .windows(2)
        .filter_map(|next| match next {
            [(_, false, producer), (_, true, consumer)] => Some((*producer, *consumer)),
            _ => None,
        })
        .collect();
    let sent = queue.iter().filter(|(_, is_received, _)| !is_received).count();
    let between = pairs.iter().map(|(producer, consumer)| (window.start(*producer), window.start(*consumer)));
    let share = window.share_of(between.collect(), ends(&pairs));
    let taken = queue.len() - sent;
    let is_no_coincidence = coincidence::of_pairs(pairs.len(), taken, share, None) < limits::CHANCE;
    if pairs.len() < limits::REPEATS || pairs.len() * 2 < sent || !is_no_coincidence {
        return None;
    }
    let spans: Vec<At> = ends(&pairs).collect();
    claims.add(spans.iter().copied());
    let (producer, consumer) = pairs[0];
    let delays = pairs.iter().map(|(producer, consumer)| window.start(*consumer) - window.start(*producer));
    let longest = i64::try_from(delays.max().unwrap_or_default()).unwrap_or(i64::MAX);
    let summary = format!(
        "{} sends messages to {destination} without the trace context: {} of {sent} are followed by a consumer of {} that \
         begins a trace and links to nothing.",
        window.services[window.service(producer)],
        pairs.len(),
        window.services[window.service(consumer)],
    );
    let place = hop(window, window.service(producer), window.service(consumer), Some(destination));
    Some(
        Draft::new(Confidence::Likely, place, spans)
            .counted(pairs.len(), sent)
            .with("longest_delay", Fact::Duration(longest))
            .joining(pairs)
            .saying(summary),
    )
}
