//! Head sampling: decides from the parent and the trace id whether a span is sampled.
//!
//! Attributes have no influence, so that none is built for an unsampled span. [`Rules`] are the exception: they
//! know those of a request.

use std::borrow::Cow;
#[cfg(feature = "xray")]
use std::{
    fmt::Debug,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
};

use opentelemetry::trace::TraceId;

/// `OTEL_TRACES_SAMPLER`
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sampler {
    /// Follows the parent's decision. A root span is decided by [`Root`].
    ParentBased(Root),
    /// Ignores the parent's decision.
    Always(Root),
}

/// The decision for a root span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Root {
    On,
    Off,
    /// The share of sampled traces, from 0 to 1. It depends on the trace id alone: services with the same share sample
    /// the same traces.
    Ratio(f64),
    /// Rules that are fetched while the process runs.
    #[cfg(feature = "xray")]
    Rules(SharedRules),
}

/// What is known of a root span before it starts: attributes of the semantic conventions. Only rules ask for it.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "xray"), expect(dead_code, reason = "only rules read them"))]
pub(crate) struct Facts<'a>(pub(crate) Vec<(&'a str, Cow<'a, str>)>);

/// Rules for root spans, which depend on the request.
#[cfg(feature = "xray")]
pub(crate) trait Rules: Debug + Send + Sync {
    /// Decides, and counts the decision.
    fn decide(&self, request: &Facts<'_>, trace_id: TraceId) -> Ruling;

    /// Whether the ends of requests are to be observed.
    fn observes(&self) -> bool;

    /// Counts the end of a request whose trace was decided by the rule with this hash.
    fn observe(&self, rule: &str, sampled: bool, is_anomaly: bool);
}

/// The decision of rules.
#[cfg(feature = "xray")]
#[derive(Debug)]
pub(crate) struct Ruling {
    pub(crate) sampled: bool,
    /// The hash of the rule that decided, which travels in `tracestate`.
    pub(crate) rule: Option<Arc<str>>,
}

/// Rules, shared by all users of the sampler.
#[cfg(feature = "xray")]
#[derive(Clone, Debug)]
pub(crate) struct SharedRules(Arc<dyn Rules>);

/// Whether this process has rules.
#[cfg(feature = "xray")]
static HAS_RULES: AtomicBool = AtomicBool::new(false);

#[cfg(feature = "xray")]
impl SharedRules {
    pub(crate) fn new(rules: Arc<dyn Rules>) -> Self {
        HAS_RULES.store(true, Ordering::Relaxed);
        Self(rules)
    }

    /// Whether there are any in this process. Without, nothing else needs to be looked at.
    pub(crate) fn exist() -> bool {
        HAS_RULES.load(Ordering::Relaxed)
    }
}

#[cfg(feature = "xray")]
impl PartialEq for SharedRules {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(feature = "xray")]
impl Facts<'_> {
    /// The value of an attribute.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| &**value)
    }
}

impl Sampler {
    /// The specification's default.
    pub(crate) const DEFAULT: Self = Self::ParentBased(Root::On);

    /// Whether all children of an unsampled span are unsampled.
    pub(crate) fn inherits_unsampled(&self) -> bool {
        matches!(self, Self::ParentBased(_) | Self::Always(Root::Off))
    }

    /// The rules that decide on a span; `None` when [`samples`](Self::samples) does. `decided` is as there.
    #[cfg(feature = "xray")]
    pub(crate) fn rules(&self, decided: Option<bool>) -> Option<&dyn Rules> {
        match self {
            Self::ParentBased(Root::Rules(rules)) if decided.is_none() => Some(&*rules.0),
            Self::Always(Root::Rules(rules)) => Some(&*rules.0),
            _ => None,
        }
    }

    /// Whether a span is sampled. `decided` is the decision of its parent, if it made one.
    pub(crate) fn samples(&self, decided: Option<bool>, trace_id: TraceId) -> bool {
        match (self, decided) {
            (Self::ParentBased(_), Some(decided)) => decided,
            (Self::ParentBased(root) | Self::Always(root), _) => root.samples(trace_id),
        }
    }
}

impl Root {
    pub(crate) fn samples(&self, trace_id: TraceId) -> bool {
        match *self {
            Self::On => true,
            Self::Off => false,
            #[cfg(feature = "xray")]
            Self::Rules(ref rules) => rules.0.decide(&Facts::default(), trace_id).sampled,
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
            assert!(Sampler::ParentBased(root.clone()).samples(Some(true), TraceId::from(1)));
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
