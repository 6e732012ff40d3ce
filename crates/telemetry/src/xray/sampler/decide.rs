//! The sampler as spans see it: matches the rules, and decides.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use opentelemetry::trace::TraceId;
use parking_lot::RwLock;

use super::active::{ActiveRule, PerSecond};
use super::clock::Clock;
use super::rule::ServiceFacts;
use crate::sampler::{Facts, Root, Rules, Ruling};

/// How long rules apply after they were fetched.
const RULES_LIFETIME: Duration = Duration::from_secs(3_600);
/// Without rules: one request a second, and this share of the others.
const FALLBACK_RATE: f64 = 0.05;

/// The rules in use, shared by the threads that start spans and the one that fetches.
#[derive(Debug)]
pub(super) struct Decider {
    pub(super) clock: Clock,
    pub(super) service: ServiceFacts,
    /// Held for a match: a few comparisons. The fetching thread replaces the rules as a whole.
    pub(super) rules: RwLock<RuleSet>,
    fallback: PerSecond,
    /// Whether a rule may be boosted, so that the ends of requests matter.
    pub(super) has_boosts: AtomicBool,
}

/// Rules in the order in which they are tried.
#[derive(Debug, Default)]
pub(super) struct RuleSet {
    pub(super) rules: Vec<ActiveRule>,
    /// When they were fetched; `None` before.
    pub(super) fetched: Option<Duration>,
}

impl RuleSet {
    fn apply(&self, now: Duration) -> bool {
        self.fetched.is_some_and(|fetched| now.saturating_sub(fetched) < RULES_LIFETIME)
    }
}

impl Decider {
    pub(super) fn new(clock: Clock, service: ServiceFacts) -> Self {
        let (rules, fallback, has_boosts) = (RwLock::default(), PerSecond::default(), AtomicBool::default());
        Self { clock, service, rules, fallback, has_boosts }
    }
}

impl Rules for Decider {
    fn decide(&self, request: &Facts<'_>, trace_id: TraceId) -> Ruling {
        let now = self.clock.now();
        let set = self.rules.read();
        let matching = || set.rules.iter().find(|active| active.rule.matches(&self.service, request));
        if let Some(active) = set.apply(now).then(matching).flatten() {
            return Ruling { sampled: active.samples(trace_id, now), rule: Some(active.rule.hash.clone()) };
        }
        drop(set);
        let sampled = self.fallback.take(1, now) || Root::Ratio(FALLBACK_RATE).samples(trace_id);
        Ruling { sampled, rule: None }
    }

    fn observes(&self) -> bool {
        self.has_boosts.load(Ordering::Relaxed)
    }

    fn observe(&self, rule: &str, sampled: bool, is_anomaly: bool) {
        let set = self.rules.read();
        if let Some(active) = set.rules.iter().find(|active| *active.rule.hash == *rule) {
            active.observe(sampled, is_anomaly);
        }
    }
}
