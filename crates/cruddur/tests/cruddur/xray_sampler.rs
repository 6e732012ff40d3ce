//! `OTEL_TRACES_SAMPLER=xray`: a gateway samples by the rules that a stand-in of the X-Ray daemon hands out.

use serde_json::{Value, json};
use testkit::{
    DEADLINE, MockResponse, MockServer, Process, ProcessBuilder, Request, Sink, TraceResponse, wait_until,
};

use crate::system::traceresponse;

/// The first 8 bytes of the SHA-256 of `short`, the name of the rule.
const RULE: &str = "f9b0078b5df596d2";

fn rule(name: &str, priority: u32, fixed_rate: f64, path: &str) -> Value {
    json!({"SamplingRule": {
        "RuleName": name, "Priority": priority, "FixedRate": fixed_rate, "ReservoirSize": 0, "Version": 1,
        "ServiceName": "gateway", "ServiceType": "*", "Host": "127.*", "HTTPMethod": "G?T", "URLPath": path,
        "ResourceARN": "*", "Attributes": {},
    }})
}

/// Hands out a rule that samples everything below `/api/users`, and one that samples nothing else.
fn daemon() -> MockServer {
    MockServer::start(|request: &Request| match request.path() {
        "/GetSamplingRules" => {
            let rules = [rule("short", 1, 1.0, "/api/users/*"), rule("Default", 10_000, 0.0, "*")];
            MockResponse::json(200, &json!({ "SamplingRuleRecords": rules }))
        }
        _ => MockResponse::json(200, &json!({"SamplingTargetDocuments": [], "UnprocessedStatistics": []})),
    })
}

fn gateway(daemon: &MockServer, users: &str, sink: &Sink) -> ProcessBuilder {
    let builder = Process::builder("gateway", env!("CARGO_BIN_EXE_cruddur")).arg("part").arg("gateway");
    builder
        .exporting_to(sink)
        .env("USERS_URL", users)
        .env("OTEL_TRACES_SAMPLER", "xray")
        .env("OTEL_TRACES_SAMPLER_ARG", format!("endpoint={}", daemon.url()))
}

#[tokio::test]
async fn a_gateway_samples_by_the_rules_of_xray_and_tells_the_services_behind_it() {
    let (daemon, sink) = (daemon(), Sink::start());
    let users = MockServer::start(|_| {
        MockResponse::json(200, &json!({"uuid": "u", "handle": "worf", "display_name": "Worf"}))
    });
    let gateway = gateway(&daemon, &users.url(), &sink).start().await;
    let get = async |path: &str, parent: Option<&str>| {
        let request = reqwest::Client::new().get(format!("{}{path}", gateway.url()));
        let request =
            parent.into_iter().fold(request, |request, parent| request.header("traceparent", parent));
        TraceResponse::parse(&traceresponse(&request.send().await.unwrap()))
    };
    let is_asked =
        || daemon.requests().iter().any(|request| request.path() == "/GetSamplingRules").then_some(());
    wait_until("the request for rules", DEADLINE, is_asked).await;
    // The rules are in use a moment after they were sent: the fallback samples one request a second.
    let deadline = std::time::Instant::now() + DEADLINE;
    while get("/api/users/@worf/short", None).await.flags & 1 == 0 {
        assert!(std::time::Instant::now() < deadline, "no request is sampled");
    }
    for _ in 0..20 {
        assert_eq!(get("/api/users/@worf/short", None).await.flags & 1, 1);
    }
    let sent = users.requests().pop().expect("a call");
    assert_eq!(sent.header("tracestate"), Some(format!("xrsr={RULE}").as_str()));
    assert!(
        sent.header("traceparent").is_some_and(|parent| parent.ends_with("-03")),
        "{:?}",
        sent.header("traceparent")
    );

    for _ in 0..20 {
        assert_eq!(get("/openapi.json", None).await.flags & 1, 0, "the rule Default samples nothing");
    }
    let sampled_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(get("/", Some(sampled_parent)).await.flags & 1, 1, "the decision of a parent wins");
    assert_eq!(get("/api/users/@worf/short", Some(&sampled_parent.replace("-01", "-00"))).await.flags & 1, 0);
}
