//! The sampler against a stand-in of X-Ray's API on a socket, with a clock that the tests move.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use serde_json::{Value, json};

use super::clock::Clock;
use super::decide::Decider;
use super::poll::Poller;
use super::rule::ServiceFacts;
use crate::env::RuleSource;
use crate::ids;
use crate::sampler::{Facts, Rules};

/// Answers a request, from its path and body. Null is an error 500.
type Answer = Box<dyn FnMut(&str, &Value) -> Value + Send>;

/// The stand-in, and the sampler that asks it.
struct Fixture {
    decider: Arc<Decider>,
    poller: Poller,
    milliseconds: Arc<AtomicU64>,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Fixture {
    fn start(mut answer: impl FnMut(&str, &Value) -> Value + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::<Mutex<Vec<(String, Value)>>>::default();
        let seen = Arc::clone(&requests);
        let mut answer: Answer = Box::new(move |path, body| {
            seen.lock().expect("the lock").push((path.to_owned(), body.clone()));
            answer(path, body)
        });
        std::thread::spawn(move || {
            listener.incoming().flatten().for_each(|stream| serve(&stream, &mut answer));
        });
        let milliseconds = Arc::<AtomicU64>::default();
        let resource =
            Resource::builder_empty().with_attributes([KeyValue::new("service.name", "gateway")]).build();
        let clock = Clock::Manual(Arc::clone(&milliseconds));
        let decider = Arc::new(Decider::new(clock, ServiceFacts::new(&resource)));
        let source = RuleSource { endpoint, interval: Duration::from_secs(5 * 60), certificate: None };
        let poller = Poller::new(Arc::clone(&decider), &source).expect("a poller");
        Self { decider, poller, milliseconds, requests }
    }

    /// Moves the clock on in steps of a tenth of a second, as the thread would wake up.
    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.milliseconds.fetch_add(100, Ordering::Relaxed);
            self.poller.step();
        }
    }

    /// How many of these requests are sampled now.
    fn sampled(&self, requests: usize, path: &str) -> usize {
        let facts = Facts(vec![("http.request.method", "GET".into()), ("url.path", path.into())]);
        (0..requests).filter(|_| self.decider.decide(&facts, ids::trace_id()).sampled).count()
    }

    /// The bodies of the requests to a path since the last call.
    fn asked(&self, path: &str) -> Vec<Value> {
        let mut requests = self.requests.lock().expect("the lock");
        let (wanted, others) = requests.drain(..).partition(|(to, _)| to == path);
        *requests = others;
        wanted.into_iter().map(|(_, body)| body).collect()
    }
}

/// Answers one request, and closes the connection.
fn serve(stream: &TcpStream, answer: &mut Answer) {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    let mut lines = reader.by_ref().lines().map_while(Result::ok);
    head.extend(lines.by_ref().take_while(|line| !line.is_empty()));
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let length =
        head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body).expect("a body");
    let answer = answer(&path, &serde_json::from_slice(&body).expect("JSON"));
    let status = if answer.is_null() { 500 } else { 200 };
    let body = answer.to_string();
    let head =
        format!("HTTP/1.1 {status} Any\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    (&*stream).write_all(format!("{head}{body}").as_bytes()).expect("the client reads");
}

fn rule(name: &str, priority: i64, fixed_rate: f64, reservoir: u64, path: &str) -> Value {
    json!({"SamplingRule": {
        "RuleName": name, "Priority": priority, "FixedRate": fixed_rate, "ReservoirSize": reservoir, "Version": 1,
        "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": path, "ResourceARN": "*",
        "Attributes": {},
    }})
}

fn rules(rules: &[Value]) -> Value {
    json!({ "SamplingRuleRecords": rules })
}

fn no_targets() -> Value {
    json!({"SamplingTargetDocuments": [], "UnprocessedStatistics": []})
}

/// A time of day so many seconds after the start.
fn at(seconds: u64) -> f64 {
    (Clock::TEST_EPOCH + Duration::from_secs(seconds)).as_secs_f64()
}

#[test]
fn before_rules_come_one_request_a_second_and_five_percent_are_sampled() {
    let mut fixture = Fixture::start(|_, _| Value::Null);
    fixture.pass(1);
    let sampled = fixture.sampled(10_001, "/");
    assert!((401..=601).contains(&sampled), "{sampled}");
    assert_eq!(fixture.asked("/SamplingTargets").len(), 0);
    fixture.pass(40);
    assert_eq!(fixture.asked("/GetSamplingRules").len(), 2, "a failed fetch is tried again after 30 s");
}

#[test]
fn the_first_rule_by_priority_and_then_name_that_matches_decides() {
    let mut fixture = Fixture::start(|_, _| {
        let mut other_version = rule("future", 1, 1.0, 0, "*");
        other_version["SamplingRule"]["Version"] = 2.into();
        rules(&[
            rule("Default", 10_000, 1.0, 0, "*"),
            rule("b", 5, 1.0, 0, "/api/*"),
            rule("a", 5, 0.0, 0, "/api/*"),
            other_version,
        ])
    });
    fixture.pass(1);
    assert_eq!(fixture.asked("/GetSamplingRules"), [json!({})]);
    assert_eq!((fixture.sampled(100, "/api/home"), fixture.sampled(100, "/")), (0, 100));
    let ruling = fixture.decider.decide(&Facts::default(), ids::trace_id());
    // printf Default | sha256sum
    assert_eq!(ruling.rule.as_deref(), Some("21b111cbfe6e8fca"));
}

#[test]
fn rules_are_fetched_every_five_minutes_and_every_page_of_them() {
    let mut fixture = Fixture::start(|_, body| {
        if body["NextToken"] == "2" {
            return rules(&[rule("second", 2, 1.0, 0, "*")]);
        }
        let mut first = rules(&[rule("first", 1, 0.0, 0, "/first")]);
        first["NextToken"] = "2".into();
        first
    });
    fixture.pass(1);
    assert_eq!((fixture.sampled(10, "/first"), fixture.sampled(10, "/second")), (0, 10));
    assert_eq!(fixture.asked("/GetSamplingRules"), [json!({}), json!({"NextToken": "2"})]);
    fixture.pass(299);
    assert_eq!(fixture.asked("/GetSamplingRules").len(), 0);
    fixture.pass(6);
    assert_eq!(fixture.asked("/GetSamplingRules").len(), 2);
}

#[test]
fn counts_are_reported_after_ten_seconds_and_the_quota_of_the_answer_is_used_until_it_ends() {
    let mut fixture = Fixture::start(|path, _| match path {
        "/GetSamplingRules" => rules(&[rule("Default", 10_000, 0.0, 50, "*")]),
        _ => json!({"SamplingTargetDocuments": [{
            "RuleName": "Default", "FixedRate": 0.0, "ReservoirQuota": 7, "ReservoirQuotaTTL": at(25), "Interval": 15,
        }]}),
    });
    fixture.pass(1);
    assert_eq!(fixture.sampled(30, "/"), 1, "borrowed");
    fixture.pass(11);
    let statistics =
        fixture.asked("/SamplingTargets").pop().expect("a report")["SamplingStatisticsDocuments"].take();
    let document = &statistics[0];
    assert_eq!(document["ClientID"].as_str().map(str::len), Some(24));
    let of = |key: &str| document[key].as_u64();
    assert_eq!([of("RequestCount"), of("SampledCount"), of("BorrowCount")], [Some(30), Some(1), Some(1)]);
    assert_eq!(document["RuleName"], "Default");
    assert!(of("Timestamp").is_some_and(|time| time >= 1_700_000_010), "{document}");
    assert_eq!(fixture.sampled(30, "/"), 7, "the quota");
    fixture.pass(12);
    assert_eq!(fixture.asked("/SamplingTargets").len(), 0, "X-Ray asked for an interval of 15 s");
    assert_eq!(fixture.sampled(30, "/"), 7);
    fixture.pass(1);
    assert_eq!(fixture.sampled(30, "/"), 1, "the quota has ended");
    fixture.pass(2);
    assert_eq!(fixture.asked("/SamplingTargets").len(), 1);
}

#[test]
fn counts_of_a_report_that_failed_are_in_the_next_one() {
    let mut failures = 1;
    let mut fixture = Fixture::start(move |path, _| match path {
        "/GetSamplingRules" => rules(&[rule("Default", 10_000, 1.0, 0, "*")]),
        _ if failures > 0 => {
            failures -= 1;
            Value::Null
        }
        _ => no_targets(),
    });
    fixture.pass(1);
    fixture.sampled(30, "/");
    fixture.pass(11);
    fixture.sampled(5, "/");
    fixture.pass(11);
    let counts: Vec<_> = fixture
        .asked("/SamplingTargets")
        .iter()
        .map(|report| report["SamplingStatisticsDocuments"][0]["RequestCount"].as_u64())
        .collect();
    assert_eq!(counts, [Some(30), Some(35)]);
}

#[test]
fn a_report_has_at_most_twenty_five_documents_and_only_of_rules_in_use() {
    let mut fixture = Fixture::start(|path, _| match path {
        "/GetSamplingRules" => {
            let all: Vec<_> =
                (0..70).map(|at| rule(&format!("r{at}"), at, 0.0, 0, &format!("/{at}"))).collect();
            rules(&all)
        }
        _ => no_targets(),
    });
    fixture.pass(1);
    for at in 0..60 {
        fixture.sampled(1, &format!("/{at}"));
    }
    fixture.pass(11);
    let reports = fixture.asked("/SamplingTargets");
    let sizes: Vec<_> = reports
        .iter()
        .map(|report| report["SamplingStatisticsDocuments"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(sizes, [25, 25, 10]);
}

#[test]
fn rules_that_were_changed_are_fetched_at_once_and_a_rule_that_stayed_keeps_its_share() {
    let mut fetches = 0;
    let mut fixture = Fixture::start(move |path, _| match path {
        "/GetSamplingRules" => {
            fetches += 1;
            let changed = if fetches == 1 { 0.0 } else { 1.0 };
            rules(&[rule("stays", 1, 0.0, 1, "/stays"), rule("changes", 2, changed, 0, "/changes")])
        }
        _ => json!({
            "SamplingTargetDocuments": [
                {"RuleName": "stays", "FixedRate": 0.0, "ReservoirQuota": 4, "ReservoirQuotaTTL": at(1000)},
            ],
            "LastRuleModification": at(5),
        }),
    });
    fixture.pass(1);
    assert_eq!((fixture.sampled(10, "/stays"), fixture.sampled(10, "/changes")), (1, 0));
    fixture.pass(11);
    assert_eq!(fixture.asked("/GetSamplingRules").len(), 2);
    assert_eq!((fixture.sampled(10, "/stays"), fixture.sampled(10, "/changes")), (4, 10));
}

#[test]
fn rules_end_an_hour_after_they_were_fetched() {
    let mut fetches = 0;
    let mut fixture = Fixture::start(move |path, _| {
        fetches += usize::from(path == "/GetSamplingRules");
        if fetches == 1 { rules(&[rule("Default", 10_000, 1.0, 0, "*")]) } else { Value::Null }
    });
    fixture.pass(1);
    fixture.milliseconds.store(3_599_000, Ordering::Relaxed);
    assert_eq!(fixture.sampled(1000, "/"), 1000);
    fixture.milliseconds.store(3_602_000, Ordering::Relaxed);
    let sampled = fixture.sampled(1000, "/");
    assert!(sampled < 200, "{sampled}");
}

#[test]
fn anomalies_are_reported_for_rules_that_may_be_boosted_and_a_boost_raises_the_rate() {
    let mut fixture = Fixture::start(|path, _| match path {
        "/GetSamplingRules" => {
            let mut boosted = rule("boosted", 1, 0.0, 0, "/boosted");
            boosted["SamplingRule"]["SamplingRateBoost"] =
                json!({"MaxRate": 1.0, "CooldownWindowMinutes": 10});
            rules(&[boosted, rule("Default", 10_000, 0.0, 0, "*")])
        }
        _ => json!({"SamplingTargetDocuments": [{
            "RuleName": "boosted", "FixedRate": 0.0, "SamplingBoost": {"BoostRate": 1.0, "BoostRateTTL": at(30)},
        }]}),
    });
    assert!(!fixture.decider.observes());
    fixture.pass(1);
    assert!(fixture.decider.observes());
    for (path, is_anomaly) in [("/boosted", true), ("/boosted", false), ("/", true)] {
        let facts = Facts(vec![("url.path", path.into())]);
        let ruling = fixture.decider.decide(&facts, ids::trace_id());
        fixture.decider.observe(&ruling.rule.expect("a rule"), ruling.sampled, is_anomaly);
    }
    fixture.pass(11);
    let report = fixture.asked("/SamplingTargets").pop().expect("a report");
    let boosts = report["SamplingBoostStatisticsDocuments"].as_array().expect("boosts");
    assert_eq!(boosts.len(), 1, "{report}");
    let of = |key: &str| &boosts[0][key];
    assert_eq!((of("RuleName"), of("ServiceName")), (&"boosted".into(), &"gateway".into()));
    assert_eq!(
        [of("TotalCount"), of("AnomalyCount"), of("SampledAnomalyCount")],
        [&json!(2), &json!(1), &json!(0)]
    );
    assert_eq!(fixture.sampled(10, "/boosted"), 10);
    fixture.pass(20);
    assert_eq!(fixture.sampled(10, "/boosted"), 0, "the boost has ended");
}
