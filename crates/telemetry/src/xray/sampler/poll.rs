//! Fetches rules and targets, and reports what was counted.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use serde_json::Value;

use super::active::{ActiveRule, Counts, DEFAULT_INTERVAL, Share};
use super::decide::{Decider, RuleSet};
use super::messages::{
    MOST_DOCUMENTS, Report, Target, Targets, read_rules, read_targets, rules_request, targets_request,
};
use super::rule::Rule;
use crate::env::{RuleSource, variables};
use crate::export::ExportError;
use crate::export::answer::{redacted, transport_error};
use crate::export::log_limiter::LogLimiter;
use crate::export::transport::Transport;
use crate::ids;

/// Time limit of one request.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Pages of rules that are fetched at most. An account has at most 25 rules, unless AWS raised its quota.
const MOST_PAGES: usize = 20;
/// The pause after a fetch of rules that failed.
const RULES_RETRY: Duration = Duration::from_secs(30);
/// Longest random delays, so that services that started together do not ask together.
const RULES_JITTER: Duration = Duration::from_secs(5);
const TARGETS_JITTER: Duration = Duration::from_millis(100);

/// What to change when a fetch fails.
pub(super) const ADVICE: &str =
    "check AWS_XRAY_DAEMON_ADDRESS (its tcp address), or the endpoint in OTEL_TRACES_SAMPLER_ARG";

/// Asks the daemon, or X-Ray, on behalf of one sampler.
pub(super) struct Poller {
    decider: Arc<Decider>,
    transport: Transport,
    source: RuleSource,
    /// 24 hexadecimal digits that identify this process among those of the service.
    client_id: String,
    next_rules: Duration,
    next_targets: Duration,
    /// The time of day of the last fetch of rules.
    rules_fetched: Duration,
    warnings: LogLimiter,
}

impl Poller {
    pub(super) fn new(decider: Arc<Decider>, source: &RuleSource) -> Result<Self, ExportError> {
        let otlp =
            crate::env::Otlp::of_endpoint(source.endpoint.clone(), TIMEOUT, source.certificate.clone());
        let trace = ids::trace_id().to_string();
        Ok(Self {
            transport: Transport::new(&otlp)?,
            client_id: trace.get(..24).unwrap_or_default().to_owned(),
            next_rules: Duration::ZERO,
            next_targets: decider.clock.now() + DEFAULT_INTERVAL,
            rules_fetched: Duration::ZERO,
            warnings: LogLimiter::default(),
            source: source.clone(),
            decider,
        })
    }

    /// Does what is due. Returns the time until the next step.
    pub(super) fn step(&mut self) -> Duration {
        let now = self.decider.clock.now();
        if now >= self.next_rules {
            let fetched = self.attempt(Self::fetch_rules);
            let pause = if fetched { self.source.interval } else { self.source.interval.min(RULES_RETRY) };
            self.next_rules = now + pause + jitter(RULES_JITTER);
        }
        if now >= self.next_targets {
            let fetched = self.attempt(Self::fetch_targets);
            let next = if fetched { self.next_report(now) } else { now + DEFAULT_INTERVAL };
            self.next_targets = next + jitter(TARGETS_JITTER);
        }
        self.next_rules.min(self.next_targets).saturating_sub(self.decider.clock.now())
    }

    /// Returns whether it succeeded.
    fn attempt(&mut self, fetch: impl FnOnce(&mut Self) -> Result<(), String>) -> bool {
        let outcome = fetch(self);
        if let Err(reason) = &outcome {
            self.warnings.warn(
                "X-Ray's sampling rules or targets cannot be fetched; without rules, one request a second and 5 % of the \
                 others are sampled",
                &format!("{reason}; {ADVICE}"),
            );
        }
        outcome.is_ok()
    }

    /// When a rule is to be reported next. It is a second away at least, and ten at most, as rules may come into use.
    fn next_report(&self, now: Duration) -> Duration {
        let set = self.decider.rules.read();
        let used = set.rules.iter().filter(|active| active.counts.was_used.load(Ordering::Relaxed));
        let next = used.map(|active| active.share.next_report).min();
        next.unwrap_or(Duration::MAX).clamp(now + Duration::from_secs(1), now + DEFAULT_INTERVAL)
    }

    pub(super) fn fetch_rules(&mut self) -> Result<(), String> {
        let asked = self.decider.clock.time_of_day();
        let (mut rules, mut token) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let answer = self.post("/GetSamplingRules", &rules_request(token.as_deref()))?;
            let (page, next) = read_rules(&answer).map_err(|problem| self.unreadable(&problem))?;
            rules.extend(page);
            token = next;
            if token.is_none() {
                break;
            }
        }
        rules.sort_by(|one, other| (one.priority, &one.name).cmp(&(other.priority, &other.name)));
        self.rules_fetched = asked;
        self.replace(rules);
        Ok(())
    }

    /// Replaces the rules. One whose name is known goes on with its counts, and with its share if it is the same.
    fn replace(&self, rules: Vec<Rule>) {
        let now = self.decider.clock.now();
        let has_boosts = rules.iter().any(|rule| rule.has_boost);
        let mut set = self.decider.rules.write();
        let activate = |rule: Rule| {
            let known = set.rules.iter().find(|known| known.rule.name == rule.name);
            let counts = known.map(|known| Arc::clone(&known.counts)).unwrap_or_default();
            let same = known.filter(|known| *known.rule == rule);
            let share = same.map_or_else(|| Share::initial(&rule, now), |known| known.share.clone());
            ActiveRule { rule: Arc::new(rule), counts, share }
        };
        let rules = rules.into_iter().map(activate).collect();
        *set = RuleSet { rules, fetched: Some(now) };
        self.decider.has_boosts.store(has_boosts, Ordering::Relaxed);
    }

    /// Reports the counts of the rules whose time has come, and takes what X-Ray assigns to them.
    fn fetch_targets(&mut self) -> Result<(), String> {
        let now = self.decider.clock.now();
        let due: Vec<ActiveRule> = {
            let set = self.decider.rules.read();
            let is_due = |active: &&ActiveRule| {
                active.counts.was_used.load(Ordering::Relaxed) && active.share.next_report <= now
            };
            set.rules.iter().filter(is_due).cloned().collect()
        };
        let mut modified = None;
        for part in due.chunks(MOST_DOCUMENTS) {
            let targets = self.report(part)?;
            modified = targets.rules_modified.max(modified);
            self.assign(part, &targets);
            if let Some(problem) = targets.unprocessed.first() {
                self.warnings.warn("X-Ray did not process statistics of sampling", problem);
            }
        }
        if modified.is_some_and(|modified| modified > self.rules_fetched) {
            self.fetch_rules()?;
        }
        Ok(())
    }

    /// Sends the counts of some rules. They are not lost when that fails.
    fn report(&self, rules: &[ActiveRule]) -> Result<Targets, String> {
        let reports: Vec<(&ActiveRule, Report)> =
            rules.iter().map(|active| (active, Report::take(&active.counts))).collect();
        let time_of_day = self.decider.clock.time_of_day();
        let request = targets_request(&reports, &self.client_id, &self.decider.service.name, time_of_day);
        let answer = self.post("/SamplingTargets", &request);
        let targets =
            answer.and_then(|answer| read_targets(&answer).map_err(|problem| self.unreadable(&problem)));
        if targets.is_err() {
            for (active, report) in &reports {
                report.give_back(&active.counts);
            }
        }
        targets
    }

    /// Gives rules the share that X-Ray assigned to them.
    fn assign(&self, reported: &[ActiveRule], targets: &Targets) {
        let (now, time_of_day) = (self.decider.clock.now(), self.decider.clock.time_of_day());
        let mut set = self.decider.rules.write();
        for active in &mut set.rules {
            let is_same = |counts: &Arc<Counts>| Arc::ptr_eq(counts, &active.counts);
            if !reported.iter().any(|reported| is_same(&reported.counts)) {
                continue;
            }
            active.share.next_report = now + DEFAULT_INTERVAL;
            if let Some(Target { fixed_rate, quota, boost, interval }) =
                targets.by_rule.get(&active.rule.name)
            {
                // A time of day becomes one of the sampler's clock.
                let until = |end: Duration| now.saturating_add(end.saturating_sub(time_of_day));
                active.share = Share {
                    fixed_rate: fixed_rate.unwrap_or(active.share.fixed_rate),
                    quota: quota.map(|(quota, end)| (quota, until(end))),
                    boost: boost.map(|(rate, end)| (rate, until(end))),
                    next_report: now.saturating_add(interval.unwrap_or(DEFAULT_INTERVAL)),
                };
            }
        }
    }

    /// Sends a request of the API, and reads the answer as JSON.
    fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.source.endpoint.trim_end_matches('/'));
        let uri: http::Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let mut request = Request::new(Bytes::from(body.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let name = redacted(&uri);
        let response = self
            .transport
            .exchange(request, TIMEOUT)
            .map_err(|error| transport_error(&name, &*error, variables::SSL_CERT_FILE))?;
        if !response.status().is_success() {
            return Err(format!("{name} answered {}", response.status()));
        }
        serde_json::from_slice(response.body()).map_err(|error| format!("{name} answered no JSON: {error}"))
    }

    fn unreadable(&self, problem: &str) -> String {
        format!("the answer of {} is not usable: {problem}", self.source.endpoint)
    }
}

/// A random duration up to `longest`.
fn jitter(longest: Duration) -> Duration {
    let [high, low, ..] = ids::span_id().to_bytes();
    longest * u32::from(u16::from_be_bytes([high, low])) / u32::from(u16::MAX)
}
