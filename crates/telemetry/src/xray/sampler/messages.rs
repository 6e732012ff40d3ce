//! The requests and answers of X-Ray's API for sampling, as JSON
//! (<https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sampling.html>).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::active::{ActiveRule, Counts};
use super::rule::Rule;

/// Documents of one request for targets. More are split over several requests.
pub(super) const MOST_DOCUMENTS: usize = 25;

/// Counts that were taken from a rule for a report, to be given back when the report fails.
#[derive(Debug, Default)]
pub(super) struct Report {
    requests: u64,
    sampled: u64,
    borrowed: u64,
    ended: u64,
    anomalies: u64,
    sampled_anomalies: u64,
}

impl Report {
    /// Takes the counts of a rule.
    pub(super) fn take(counts: &Counts) -> Self {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        // What was sampled is taken first, so that it is never more than the requests.
        let (sampled, borrowed) = (take(&counts.sampled), take(&counts.borrowed));
        let (sampled_anomalies, anomalies) = (take(&counts.sampled_anomalies), take(&counts.anomalies));
        let (requests, ended) = (take(&counts.requests), take(&counts.ended));
        Self { requests, sampled, borrowed, ended, anomalies, sampled_anomalies }
    }

    /// Gives the counts back.
    pub(super) fn give_back(&self, counts: &Counts) {
        for (counter, count) in [
            (&counts.requests, self.requests),
            (&counts.sampled, self.sampled),
            (&counts.borrowed, self.borrowed),
            (&counts.ended, self.ended),
            (&counts.anomalies, self.anomalies),
            (&counts.sampled_anomalies, self.sampled_anomalies),
        ] {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }
}

/// The body of `GetSamplingRules`.
pub(super) fn rules_request(next_token: Option<&str>) -> Value {
    next_token.map_or_else(|| json!({}), |token| json!({ "NextToken": token }))
}

/// The rules of an answer, and the token of the next page. The error says why the answer is none.
pub(super) fn read_rules(answer: &Value) -> Result<(Vec<Rule>, Option<String>), String> {
    let records = answer["SamplingRuleRecords"].as_array().ok_or("it has no SamplingRuleRecords")?;
    let rules = records.iter().filter_map(|record| Rule::read(&record["SamplingRule"])).collect();
    let token = answer["NextToken"].as_str().filter(|token| !token.is_empty());
    Ok((rules, token.map(str::to_owned)))
}

/// The body of `GetSamplingTargets`, for at most [`MOST_DOCUMENTS`] rules.
pub(super) fn targets_request(
    reports: &[(&ActiveRule, Report)],
    client_id: &str,
    service: &str,
    time_of_day: Duration,
) -> Value {
    // Whole seconds, as AWS's own SDKs send them.
    let timestamp = time_of_day.as_secs();
    let statistics = reports.iter().map(|(active, report)| {
        json!({
            "RuleName": active.rule.name, "ClientID": client_id, "Timestamp": timestamp,
            "RequestCount": report.requests, "SampledCount": report.sampled, "BorrowCount": report.borrowed,
        })
    });
    let mut request = json!({ "SamplingStatisticsDocuments": statistics.collect::<Vec<_>>() });
    let boosts = reports.iter().filter(|(active, report)| active.rule.has_boost && report.ended > 0);
    let boosts: Vec<Value> = boosts
        .map(|(active, report)| {
            json!({
                "RuleName": active.rule.name, "ServiceName": service, "Timestamp": timestamp,
                "TotalCount": report.ended, "AnomalyCount": report.anomalies.min(report.ended),
                "SampledAnomalyCount": report.sampled_anomalies.min(report.anomalies),
            })
        })
        .collect();
    if !boosts.is_empty() {
        request["SamplingBoostStatisticsDocuments"] = boosts.into();
    }
    request
}

/// What X-Ray assigns to a rule.
#[derive(Debug, PartialEq)]
pub(super) struct Target {
    pub(super) fixed_rate: Option<f64>,
    /// Requests a second, and the time of day at which the quota ends.
    pub(super) quota: Option<(u64, Duration)>,
    /// A rate, and the time of day at which the boost ends.
    pub(super) boost: Option<(f64, Duration)>,
    /// The time until the next report.
    pub(super) interval: Option<Duration>,
}

/// An answer of `GetSamplingTargets`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Targets {
    pub(super) by_rule: HashMap<String, Target>,
    /// When the rules were changed last.
    pub(super) rules_modified: Option<Duration>,
    /// Why statistics were not processed, one text each.
    pub(super) unprocessed: Vec<String>,
}

pub(super) fn read_targets(answer: &Value) -> Result<Targets, String> {
    let documents =
        answer["SamplingTargetDocuments"].as_array().ok_or("it has no SamplingTargetDocuments")?;
    let target = |document: &Value| {
        let quota = document["ReservoirQuota"].as_u64().zip(time(&document["ReservoirQuotaTTL"]));
        let boost = &document["SamplingBoost"];
        let boost = rate(&boost["BoostRate"]).zip(time(&boost["BoostRateTTL"]));
        let interval = document["Interval"].as_u64().filter(|seconds| *seconds > 0).map(Duration::from_secs);
        let target = Target { fixed_rate: rate(&document["FixedRate"]), quota, boost, interval };
        Some((document["RuleName"].as_str()?.to_owned(), target))
    };
    let unprocessed =
        ["UnprocessedStatistics", "UnprocessedBoostStatistics"].map(|key| answer[key].as_array());
    let in_words = |item: &Value| {
        let text = |key: &str| item[key].as_str().unwrap_or("?");
        format!("rule {}: {} ({})", text("RuleName"), text("Message"), text("ErrorCode"))
    };
    Ok(Targets {
        by_rule: documents.iter().filter_map(target).collect(),
        rules_modified: time(&answer["LastRuleModification"]),
        unprocessed: unprocessed.into_iter().flatten().flatten().map(in_words).collect(),
    })
}

fn rate(value: &Value) -> Option<f64> {
    value.as_f64().map(|rate| rate.clamp(0.0, 1.0))
}

/// A time of day, in seconds with a fraction.
fn time(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}
