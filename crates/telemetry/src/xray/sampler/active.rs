//! A rule in use: what it may sample, and what it has counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::trace::TraceId;

use super::rule::Rule;
use crate::sampler::Root;

/// Seconds between two reports of a rule, unless X-Ray says otherwise.
pub(super) const DEFAULT_INTERVAL: Duration = Duration::from_secs(10);

/// A rule with its share. A new one replaces it when X-Ray assigns another share; the counts go on.
#[derive(Clone, Debug)]
pub(super) struct ActiveRule {
    pub(super) rule: Arc<Rule>,
    pub(super) counts: Arc<Counts>,
    pub(super) share: Share,
}

/// What X-Ray allows this service to sample by a rule. Times are those of the sampler's clock.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Share {
    /// The share of requests beyond the reservoir, from 0 to 1.
    pub(super) fixed_rate: f64,
    /// Requests a second, until a time.
    pub(super) quota: Option<(u64, Duration)>,
    /// A higher rate, until a time.
    pub(super) boost: Option<(f64, Duration)>,
    /// When the counts are reported next.
    pub(super) next_report: Duration,
}

impl Share {
    /// The share before X-Ray has assigned one.
    pub(super) fn initial(rule: &Rule, now: Duration) -> Self {
        Self { fixed_rate: rule.fixed_rate, quota: None, boost: None, next_report: now + DEFAULT_INTERVAL }
    }
}

/// What was counted since the last report. The counters are independent: a report may be off by the requests of a
/// moment, and no request is lost from the next one.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) requests: AtomicU64,
    pub(super) sampled: AtomicU64,
    pub(super) borrowed: AtomicU64,
    /// Requests that ended, those that failed, and of those the sampled ones: what decides on a boost.
    pub(super) ended: AtomicU64,
    pub(super) anomalies: AtomicU64,
    pub(super) sampled_anomalies: AtomicU64,
    /// Whether the rule has matched a request since the start.
    pub(super) was_used: AtomicBool,
    per_second: PerSecond,
}

/// How many requests were sampled in the current second: the second in the upper half, the number in the lower one.
#[derive(Debug, Default)]
pub(super) struct PerSecond(AtomicU64);

impl PerSecond {
    /// Takes one of `most` in the second of `now`. Lock-free.
    pub(super) fn take(&self, most: u64, now: Duration) -> bool {
        // The clock begins above zero, so that the initial value is of no second.
        let second = u64::from(u32::try_from(now.as_secs() + 1).unwrap_or(u32::MAX));
        let most = most.min(u64::from(u32::MAX));
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
            let used = if state >> 32 == second { state & u64::from(u32::MAX) } else { 0 };
            (used < most).then_some(second << 32 | (used + 1))
        });
        taken.is_ok()
    }
}

impl ActiveRule {
    /// Decides on a request that matches: first from the reservoir, then at the fixed rate.
    pub(super) fn samples(&self, trace_id: TraceId, now: Duration) -> bool {
        let counts = &self.counts;
        counts.requests.fetch_add(1, Ordering::Relaxed);
        if !counts.was_used.load(Ordering::Relaxed) {
            counts.was_used.store(true, Ordering::Relaxed);
        }
        let quota = self.share.quota.filter(|(_, until)| now < *until).map(|(quota, _)| quota);
        let from_reservoir = match quota {
            Some(quota) => counts.per_second.take(quota, now),
            None if self.rule.reservoir_size == 0 => false,
            // Without a quota, one request a second is borrowed from the reservoir of all services.
            None => {
                let borrowed = counts.per_second.take(1, now);
                counts.borrowed.fetch_add(u64::from(borrowed), Ordering::Relaxed);
                borrowed
            }
        };
        let sampled = from_reservoir || Root::Ratio(self.rate(now)).samples(trace_id);
        counts.sampled.fetch_add(u64::from(sampled), Ordering::Relaxed);
        sampled
    }

    /// The fixed rate, or a higher one while a boost lasts.
    fn rate(&self, now: Duration) -> f64 {
        let boost = self.share.boost.filter(|(_, until)| now < *until);
        boost.map_or(self.share.fixed_rate, |(rate, _)| rate.max(self.share.fixed_rate))
    }

    /// Counts a request that has ended, for a rule that X-Ray may boost.
    pub(super) fn observe(&self, sampled: bool, is_anomaly: bool) {
        if self.rule.has_boost {
            self.counts.ended.fetch_add(1, Ordering::Relaxed);
            self.counts.anomalies.fetch_add(u64::from(is_anomaly), Ordering::Relaxed);
            self.counts.sampled_anomalies.fetch_add(u64::from(is_anomaly && sampled), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids;

    fn active(reservoir: u64, fixed_rate: f64) -> ActiveRule {
        let rule = json!({"RuleName": "r", "Priority": 1, "FixedRate": fixed_rate, "ReservoirSize": reservoir, "Version": 1});
        let rule = Arc::new(Rule::read(&rule).expect("a rule"));
        let share = Share::initial(&rule, Duration::ZERO);
        ActiveRule { rule, counts: Arc::default(), share }
    }

    fn sampled(rule: &ActiveRule, requests: usize, second: u64) -> usize {
        let now = Duration::from_secs(second);
        (0..requests).filter(|_| rule.samples(ids::trace_id(), now)).count()
    }

    #[test]
    fn until_a_quota_comes_one_request_a_second_is_borrowed() {
        let rule = active(5, 0.0);
        assert_eq!([sampled(&rule, 10, 0), sampled(&rule, 10, 0), sampled(&rule, 10, 1)], [1, 0, 1]);
        assert_eq!(rule.counts.borrowed.load(Ordering::Relaxed), 2);
        assert_eq!(rule.counts.requests.load(Ordering::Relaxed), 30);
        assert_eq!(sampled(&active(0, 0.0), 10, 0), 0, "a rule without a reservoir");
    }

    #[test]
    fn a_quota_is_used_until_it_ends_and_then_one_is_borrowed_again() {
        let mut rule = active(5, 0.0);
        rule.share.quota = Some((3, Duration::from_secs(10)));
        assert_eq!([sampled(&rule, 10, 9), sampled(&rule, 10, 10)], [3, 1]);
        assert_eq!(rule.counts.borrowed.load(Ordering::Relaxed), 1);
        rule.share.quota = Some((0, Duration::from_secs(20)));
        assert_eq!(sampled(&rule, 10, 11), 0);
    }

    #[test]
    fn beyond_the_reservoir_the_fixed_rate_applies_or_a_higher_boost() {
        let mut rule = active(0, 0.1);
        rule.share.boost = Some((1.0, Duration::from_secs(10)));
        assert_eq!(sampled(&rule, 1000, 9), 1000);
        let after = sampled(&rule, 10_000, 10);
        assert!((800..1200).contains(&after), "{after}");
        rule.share.boost = Some((0.0, Duration::from_secs(99)));
        let lower = sampled(&rule, 10_000, 11);
        assert!((800..1200).contains(&lower), "a boost never lowers the rate: {lower}");
    }

    #[test]
    fn threads_share_the_reservoir_exactly() {
        let rule = active(5, 0.0);
        let total: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| sampled(&rule, 1000, 7))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(total, 1);
    }

    #[test]
    fn anomalies_are_counted_only_for_rules_that_may_be_boosted() {
        let other = active(1, 0.5);
        other.observe(true, true);
        assert_eq!(other.counts.ended.load(Ordering::Relaxed), 0);
        let boost = json!({"MaxRate": 0.5, "CooldownWindowMinutes": 10});
        let rule = json!({"RuleName": "r", "Priority": 1, "FixedRate": 0.5, "Version": 1, "SamplingRateBoost": boost});
        let rule = ActiveRule { rule: Arc::new(Rule::read(&rule).expect("a rule")), ..other };
        for (sampled, anomaly) in [(true, true), (false, true), (true, false)] {
            rule.observe(sampled, anomaly);
        }
        let counts = [&rule.counts.ended, &rule.counts.anomalies, &rule.counts.sampled_anomalies];
        assert_eq!(counts.map(|count| count.load(Ordering::Relaxed)), [3, 2, 1]);
    }
}
