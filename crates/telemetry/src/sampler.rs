//! Head sampling: decides from the parent and the trace id whether a span is sampled.
//!
//! Attributes have no influence, so that none is built for an unsampled span.

use opentelemetry::trace::TraceId;

/// `OTEL_TRACES_SAMPLER`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sampler {
    /// Follows the parent's decision. A root span is decided by [`Root`].
    ParentBased(Root),
    /// Ignores the parent's decision.
    Always(Root),
}

/// The decision for a root span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Root {
    On,
    Off,
    /// The share of sampled traces, from 0 to 1. It depends on the trace id alone: services with the same share sample
    /// the same traces.
    Ratio(f64),
}

impl Sampler {
    /// The specification's default.
    pub(crate) const DEFAULT: Self = Self::ParentBased(Root::On);

    /// Whether all children of an unsampled span are unsampled.
    pub(crate) fn inherits_unsampled(self) -> bool {
        matches!(self, Self::ParentBased(_) | Self::Always(Root::Off))
    }

    /// Whether a span is sampled. `decided` is the decision of its parent, if it made one.
    pub(crate) fn samples(self, decided: Option<bool>, trace_id: TraceId) -> bool {
        match (self, decided) {
            (Self::ParentBased(_), Some(decided)) => decided,
            (Self::ParentBased(root) | Self::Always(root), _) => root.samples(trace_id),
        }
    }
}

impl Root {
    fn samples(self, trace_id: TraceId) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
            Self::Ratio(share) => {
                // The same bits and bound as the SDK's TraceIdRatioBased, so that both sample the same traces.
                let low = u128::from_be_bytes(trace_id.to_bytes()) & u128::from(u64::MAX);
                low >> 1 < u128::from(bound(share))
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the share is clamped to 0..=1, so the product fits"
)]
fn bound(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids;

    #[test]
    fn a_child_follows_its_parents_decision() {
        for root in [Root::On, Root::Off, Root::Ratio(0.5)] {
            assert!(Sampler::ParentBased(root).samples(Some(true), TraceId::from(1)));
            assert!(!Sampler::ParentBased(root).samples(Some(false), TraceId::from(1)));
        }
        assert!(Sampler::Always(Root::On).samples(Some(false), TraceId::from(1)));
        assert!(!Sampler::Always(Root::Off).samples(Some(true), TraceId::from(1)));
    }

    #[test]
    fn a_ratio_samples_its_share_of_root_spans() {
        for (share, least, most) in [(0.0, 0, 0), (0.25, 2_300, 2_700), (1.0, 10_000, 10_000)] {
            let kept = (0..10_000)
                .filter(|_| Sampler::Always(Root::Ratio(share)).samples(None, ids::trace_id()))
                .count();
            assert!((least..=most).contains(&kept), "{share} kept {kept} of 10000");
        }
    }

    #[test]
    fn a_ratio_samples_the_same_traces_as_the_sdk() {
        use opentelemetry::trace::SpanKind;
        use opentelemetry_sdk::trace::{SamplingDecision, ShouldSample};
        for _ in 0..1_000 {
            let id = ids::trace_id();
            let theirs = opentelemetry_sdk::trace::Sampler::TraceIdRatioBased(0.3)
                .should_sample(None, id, "", &SpanKind::Internal, &[], &[])
                .decision;
            let ours = Root::Ratio(0.3).samples(id);
            assert_eq!(ours, theirs == SamplingDecision::RecordAndSample);
        }
    }
}
