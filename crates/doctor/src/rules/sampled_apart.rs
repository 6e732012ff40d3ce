//! A service that samples on its own instead of following its caller.

use std::collections::{BTreeMap, BTreeSet};

use trace_model::TraceId;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop},
    window::{
        At, Window, coincidence,
        losses::{Lost, Shape},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "sampled-apart",
    severity: Severity::Error,
    title: "a service decides itself which traces it samples, although its caller has decided",
    requires: "3 traces without the service and 3 with it, and a threshold of the trace id between them that is no chance",
    disproof: "A trace with an id beyond the threshold has spans of the service.",
    remedy: "Sample by parent: OTEL_TRACES_SAMPLER=parentbased_traceidratio, with the ratio at the entry only.",
    rust: "Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)))",
    find,
};

/// A chance below this is no matter of belief.
const CERTAIN: f64 = 1e-6;

/// What a sampler makes of a trace id.
type Number = fn(TraceId) -> u64;

/// The numbers that samplers compare, by the name of their bits.
const NUMBERS: [(&str, Number); 5] = [
    ("low 64 bits", low_64),
    ("low 63 bits", |id| low_64(id) & (u64::MAX >> 1)),
    ("low 64 bits, without sign", |id| low_64(id).cast_signed().unsigned_abs()),
    ("low 56 bits", |id| low_64(id) & (u64::MAX >> 8)),
    ("all bits, 32 by 32, exclusive or", |id| {
        let words = id
            .as_bytes()
            .chunks_exact(4)
            .map(|word| word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        words.fold(0, |sum, word| sum ^ word)
    }),
];

fn low_64(id: TraceId) -> u64 {
    id.as_bytes()[8..].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    // By hop: the calls of traces in which the callee has no span.
    let mut cut = BTreeMap::<(usize, usize), Vec<At>>::new();
    for loss in window.losses.iter().filter(|loss| loss.shape != Shape::LocalParent) {
        let (Lost::Service(lost), Some(via)) = (&loss.lost, loss.via) else { continue };
        if !claims.has(loss.first()) && !window.has_service(via.trace, *lost) {
            cut.entry((window.service(via), *lost)).or_default().extend([via].iter().chain(&loss.at));
        }
    }
    let mut drafts = Vec::new();
    for ((from, to), mut spans) in cut {
        spans.sort_unstable();
        spans.dedup();
        let cut: BTreeSet<usize> = spans.iter().map(|at| at.trace).collect();
        let calls = window.calls.whole_hops.get(&(from, to)).map_or(&[][..], Vec::as_slice);
        let whole: BTreeSet<usize> = calls.iter().map(|call| call.server.trace).collect();
        if cut.len() < limits::REPEATS || whole.len() < limits::REPEATS {
            continue;
        }
        let Some(bits) = threshold(window, &cut, &whole) else { continue };
        let all = cut.len() + whole.len();
        let chance = coincidence::of_any(coincidence::of_split(cut.len(), all), 2 * NUMBERS.len());
        if chance >= limits::CHANCE {
            continue;
        }
        claims.add(spans.iter().copied());
        let confidence = if chance < CERTAIN { Confidence::Certain } else { Confidence::Likely };
        let summary = format!(
            "{} samples on its own: its spans are missing in exactly the {} of {all} traces whose ids lie beyond a \
             threshold.",
            window.services[to],
            cut.len(),
        );
        drafts.push(
            Draft::new(confidence, hop(window, to, to, None), spans)
                .counted(cut.len(), all)
                .with("caller", Fact::Text(window.services[from].clone()))
                .with("compared", Fact::Text(bits.to_owned()))
                .with("chance", Fact::Chance(chance))
                .saying(summary),
        );
    }
    drafts
}

/// The number of the trace id that tells the cut traces from the whole ones.
fn threshold(window: &Window<'_>, cut: &BTreeSet<usize>, whole: &BTreeSet<usize>) -> Option<&'static str> {
    let is_split = |number: Number| {
        let range = |traces: &BTreeSet<usize>| {
            let numbers = traces.iter().map(|trace| number(window.traces[*trace].id));
            numbers.fold((u64::MAX, 0), |(low, high), it| (low.min(it), high.max(it)))
        };
        let (cut, whole) = (range(cut), range(whole));
        cut.0 > whole.1 || cut.1 < whole.0
    };
    NUMBERS.iter().find(|(_, number)| is_split(*number)).map(|(bits, _)| *bits)
}
