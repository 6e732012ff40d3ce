//! Some spans of a service are missing, and others of the same requests are there.

use std::collections::{BTreeMap, BTreeSet};

use trace_model::Nanos;

use crate::{
    finding::{Confidence, Fact, Severity},
    limits,
    rule::{Claims, Draft, Rule, hop},
    window::{
        At, Window,
        losses::{Loss, Lost, Shape},
    },
};

pub(super) const RULE: Rule = Rule {
    code: "spans-dropped",
    severity: Severity::Error,
    title: "part of a service's spans was dropped, most likely because its queue was full",
    requires: "3 traces with holes of one service at different places, at least one of which has other spans of the service. A \
               parent in the process of its children counts where its flags say so, and where a span around them has ended: \
               without one, it may still run",
    disproof: "The holes are always at the same place, or the missing spans arrive later.",
    remedy: "Enlarge the queue (OTEL_BSP_MAX_QUEUE_SIZE) or make fewer spans; watch the SDK's metric of dropped spans, and \
             the collector's.",
    rust: "With this workspace's telemetry: otel.sdk.processor.span.processed with error.type=queue_full counts them.",
    find,
};

fn find(window: &Window<'_>, claims: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<usize, Vec<&Loss>>::new();
    for loss in window.losses.iter().filter(|loss| is_hole(loss) && !claims.has(loss.first())) {
        if let Lost::Service(service) = loss.lost {
            services.entry(service).or_default().push(loss);
        }
    }
    let mut drafts = Vec::new();
    for (service, losses) in services {
        let traces: BTreeSet<usize> = losses.iter().map(|loss| loss.first().trace).collect();
        let with: BTreeSet<usize> = window.spans_of(service).map(|at| at.trace).collect();
        let places: BTreeSet<_> = losses.iter().map(|loss| place(window, loss)).collect();
        let partly = traces.intersection(&with).count();
        if traces.len() < limits::REPEATS || partly == 0 || places.len() < 2 {
            continue;
        }
        let ends = |loss: &&Loss| loss.at.iter().copied().chain(loss.via).collect::<Vec<At>>();
        let spans: Vec<At> = losses.iter().flat_map(ends).collect();
        claims.add(spans.iter().copied());
        let all: BTreeSet<usize> = traces.union(&with).copied().collect();
        let times = || losses.iter().map(|loss| window.start(loss.first()));
        let summary = format!(
            "Part of the spans of {} is missing in {} of {} traces, at {} different places.",
            window.services[service],
            traces.len(),
            all.len(),
            places.len(),
        );
        let confidence = Confidence::OneOf(vec![
            "the queue of the span processor was full",
            "batches were lost on the way: a collector, its rate limit or memory limit",
        ]);
        let last = times().max().unwrap_or_default();
        drafts.push(
            Draft::new(confidence, hop(window, service, service, None), spans)
                .counted(traces.len(), all.len())
                .with("missing_parents", Fact::Count(losses.len()))
                .with("traces_with_other_spans", Fact::Count(partly))
                .with("until", Fact::Time(Nanos::from_unix(last)))
                .saying(summary),
        );
    }
    drafts
}

/// Whether a span is missing that was made and has ended, and whose service is known.
fn is_hole(loss: &Loss) -> bool {
    match loss.shape {
        Shape::LocalParent => !loss.may_run,
        Shape::RemoteParent | Shape::Parent => true,
        Shape::LikelyLocalParent | Shape::NoAnswer => false,
    }
}

/// What the hole looks like from below.
fn place<'w>(window: &'w Window<'_>, loss: &Loss) -> (Shape, u8, &'w str) {
    let first = loss.first();
    (loss.shape, window.kind(first).to_otlp(), window.span(first).name.as_ref())
}
