//! Which traces are recorded: decided once, when a span begins, from its parent and its trace id alone.
//!
//! Attributes take no part, so that none need be built for a span that nobody will see.

use opentelemetry::trace::TraceId;

/// `OTEL_TRACES_SAMPLER`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sampler {
    /// Follows what the parent decided; a root is decided here.
    ParentBased(Root),
    /// Decides every span anew.
    Always(Root),
}

/// How a trace that begins here is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Root {
    On,
    Off,
    /// The share of traces, from 0 to 1, by their id: every service that has the same share keeps the same ones.
    Ratio(f64),
}

impl Sampler {
    /// The specification's default.
    pub(crate) const DEFAULT: Self = Self::ParentBased(Root::On);

    /// Whether nothing is recorded below what is not.
    pub(crate) fn stays_off(self) -> bool {
        matches!(self, Self::ParentBased(_) | Self::Always(Root::Off))
    }

    /// `decided` is what the parent decided, if there is one and it did.
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
                // The same bits and bound as the SDK's TraceIdRatioBased, so that both keep the same traces.
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
    fn a_child_follows_its_parent() {
        for root in [Root::On, Root::Off, Root::Ratio(0.5)] {
            assert!(Sampler::ParentBased(root).samples(Some(true), TraceId::from(1)));
            assert!(!Sampler::ParentBased(root).samples(Some(false), TraceId::from(1)));
        }
        assert!(Sampler::Always(Root::On).samples(Some(false), TraceId::from(1)));
        assert!(!Sampler::Always(Root::Off).samples(Some(true), TraceId::from(1)));
    }

    #[test]
    fn a_ratio_keeps_its_share_of_the_roots() {
        for (share, least, most) in [(0.0, 0, 0), (0.25, 2_300, 2_700), (1.0, 10_000, 10_000)] {
            let kept = (0..10_000)
                .filter(|_| Sampler::Always(Root::Ratio(share)).samples(None, ids::trace_id()))
                .count();
            assert!((least..=most).contains(&kept), "{share} kept {kept} of 10000");
        }
    }

    #[test]
    fn a_ratio_keeps_the_traces_that_the_sdk_keeps() {
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
