//! `cruddur check` and `cruddur marker`, against stand-ins of the destinations.

use serde_json::json;
use testkit::{Exit, MockResponse, MockServer, ProcessBuilder, Sink};

use crate::system::cruddur;

const KEY: &str = "hcaik_S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRET1234";
const CONFIGURATION_KEY: &str = "hcalk_S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CRET1234";

fn check(destination: &str) -> ProcessBuilder {
    cruddur().with_default_exporters().without("OTEL_SERVICE_NAME").arg("check").arg(destination)
}

fn honeycomb(server: &MockServer) -> ProcessBuilder {
    check("honeycomb").env("HONEYCOMB_API_KEY", KEY).env("HONEYCOMB_API_ENDPOINT", server.url())
}

/// Exit status, and standard output, neither of which has a key.
fn told(exit: &Exit) -> (bool, &str) {
    assert!(!format!("{}{}", exit.output, exit.log).contains("S3CRET"), "{}{}", exit.output, exit.log);
    (exit.status.success(), &exit.output)
}

#[tokio::test]
async fn an_otlp_backend_that_accepts_the_span_is_named_with_the_trace() {
    let sink = Sink::start();
    let exit = check("otlp").env("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url()).run().await;
    let (success, output) = told(&exit);
    assert!(success && output.starts_with("OTLP: accepted\n"), "{output}{}", exit.log);
    assert!(output.contains("answer  200 OK: the span was accepted"), "{output}");
    let [span] = &sink.spans()[..] else { panic!("one span, not {}", sink.spans().len()) };
    assert_eq!((span.name.as_str(), span.service.as_str()), ("check", "cruddur-check"));
    assert!(output.contains(&format!("trace {}", span.trace_id)), "{output}");
}

#[tokio::test]
async fn what_an_otlp_backend_rejects_or_answers_with_a_page_is_a_failure_with_its_reason() {
    let partial = json!({"partialSuccess": {"rejectedSpans": "1", "errorMessage": "the quota is used up"}});
    let server = MockServer::start(move |_| MockResponse::json(200, &partial));
    let at = |server: &MockServer| {
        check("otlp")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", server.url())
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
    };
    let exit = at(&server).run().await;
    let (success, output) = told(&exit);
    assert!(!success && output.contains("rejected the span: the quota is used up"), "{output}");

    server.respond_with(|_| {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        MockResponse::status(200)
            .header("content-type", "text/html; charset=utf-8")
            .header("date", date)
            .body("<html>")
    });
    let exit = at(&server).run().await;
    let (success, output) = told(&exit);
    assert!(
        !success && output.contains("a web page, not OTLP: check OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{output}"
    );
    assert!(output.contains("ahead of the destination's"), "the clock is noted: {output}");
}

#[tokio::test]
async fn a_backend_that_does_not_listen_is_named_with_the_cause() {
    let exit = check("otlp").env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9").run().await;
    let (success, output) = told(&exit);
    assert!(!success && output.starts_with("OTLP: not accepted\n"), "{output}");
    assert!(output.contains("http://127.0.0.1:9/v1/traces: ") && output.contains("refused"), "{output}");
}

#[tokio::test]
async fn honeycomb_says_dataset_environment_and_team() {
    let server = MockServer::start(|request| match request.path() {
        "/1/auth" => MockResponse::json(
            200,
            &json!({"api_key_access": {"events": true}, "team": {"slug": "acme"}, "environment": {"slug": "test"}}),
        ),
        "/v1/traces" => MockResponse::status(200).header("content-type", "application/x-protobuf"),
        _ => MockResponse::status(404),
    });
    let exit = honeycomb(&server).run().await;
    let (success, output) = told(&exit);
    assert!(success, "{output}{}", exit.log);
    assert!(
        output.contains("the span was accepted into dataset cruddur-check of environment test"),
        "{output}"
    );
    assert!(output.contains("The key belongs to team acme."), "{output}");
    let requests = server.requests();
    let paths: Vec<_> = requests.iter().map(testkit::Request::path).collect();
    assert_eq!(paths, ["/1/auth", "/v1/traces"]);
    assert!(requests.iter().all(|request| request.header("x-honeycomb-team") == Some(KEY)));
}

#[tokio::test]
async fn a_key_that_honeycomb_refuses_says_what_to_check() {
    let server =
        MockServer::start(|_| MockResponse::json(401, &json!({"error": format!("unknown key {KEY}")})));
    let exit = honeycomb(&server).run().await;
    let (success, output) = told(&exit);
    assert!(!success && output.starts_with("Honeycomb: not accepted\n"), "{output}");
    assert!(
        output.contains("answered 401 Unauthorized") && output.contains("check HONEYCOMB_API_KEY"),
        "{output}"
    );
}

#[tokio::test]
async fn rollbar_accepts_an_item_of_level_info() {
    let server = MockServer::start(|_| MockResponse::json(200, &json!({"err": 0})));
    let rollbar = || {
        check("rollbar")
            .env("ROLLBAR_ACCESS_TOKEN", "S3CRET0123")
            .env("ROLLBAR_ENDPOINT", format!("{}/api/1/item/", server.url()))
    };
    let exit = rollbar().run().await;
    let (success, output) = told(&exit);
    assert!(success && output.starts_with("Rollbar: accepted\n"), "{output}{}", exit.log);
    let item = server.requests()[0].json();
    assert_eq!(item["data"]["level"], "info");
    assert!(output.contains(item["data"]["uuid"].as_str().unwrap_or("no uuid")), "{output}");

    server.respond_with(|_| MockResponse::json(403, &json!({"message": "invalid access token: S3CRET0123"})));
    let exit = rollbar().run().await;
    let (success, output) = told(&exit);
    assert!(!success && output.contains("check ROLLBAR_ACCESS_TOKEN"), "{output}");
}

#[tokio::test]
async fn without_a_name_all_configured_destinations_are_checked() {
    let (sink, server) = (Sink::start(), MockServer::start(|_| MockResponse::json(200, &json!({}))));
    let exit = cruddur()
        .with_default_exporters()
        .arg("check")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url())
        .env("HONEYCOMB_API_KEY", KEY)
        .env("HONEYCOMB_API_ENDPOINT", server.url())
        .env("ROLLBAR_ACCESS_TOKEN", "0123")
        .env("ROLLBAR_ENDPOINT", server.url())
        .run()
        .await;
    let (success, output) = told(&exit);
    assert!(success, "{output}{}", exit.log);
    let heads: Vec<_> = output.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(heads, ["OTLP: accepted", "Honeycomb: accepted", "Rollbar: accepted"]);
}

#[tokio::test]
async fn a_destination_that_is_not_configured_says_what_to_set() {
    for (destination, variable) in [("honeycomb", "HONEYCOMB_API_KEY"), ("rollbar", "ROLLBAR_ACCESS_TOKEN")] {
        let exit = check(destination).run().await;
        assert_eq!(exit.status.code(), Some(1), "{}", exit.log);
        assert!(exit.log.contains(&format!("set {variable}")), "{}", exit.log);
    }
}

#[tokio::test]
async fn a_marker_is_set_in_the_whole_environment_or_one_dataset() {
    let server = MockServer::start(|_| MockResponse::json(201, &json!({"id": "1"})));
    let marker = || {
        cruddur()
            .arg("marker")
            .arg("Deployed 1.4.2")
            .env("HONEYCOMB_API_KEY", "")
            .env("HONEYCOMB_CONFIGURATION_KEY", CONFIGURATION_KEY)
            .env("HONEYCOMB_API_ENDPOINT", server.url())
    };
    let exit = marker().run().await;
    let (success, output) = told(&exit);
    assert!(success && output.contains("in all datasets of the environment"), "{output}{}", exit.log);
    let exit = marker().arg("--dataset").arg("my shop").arg("--url").arg("https://ci.example/7").run().await;
    assert!(told(&exit).0, "{}", exit.log);

    let requests = server.requests();
    let targets: Vec<_> = requests.iter().map(|request| request.target.as_str()).collect();
    assert_eq!(targets, ["/1/markers/__all__", "/1/markers/my%20shop"]);
    assert_eq!(requests[0].header("x-honeycomb-team"), Some(CONFIGURATION_KEY));
    let body = requests[1].json();
    assert_eq!((&body["message"], &body["type"]), (&json!("Deployed 1.4.2"), &json!("deploy")));
    assert_eq!(body["url"], "https://ci.example/7");
    assert!(body["start_time"].is_u64(), "{body}");

    server.respond_with(|_| MockResponse::json(403, &json!({"error": "no"})));
    let exit = marker().run().await;
    assert!(!exit.status.success() && exit.log.contains("the permission Manage Markers"), "{}", exit.log);
}

#[tokio::test]
async fn an_ingest_key_cannot_set_markers_and_is_not_sent() {
    let server = MockServer::start(|_| MockResponse::status(201));
    let exit = cruddur()
        .arg("marker")
        .arg("Deployed")
        .env("HONEYCOMB_API_KEY", KEY)
        .env("HONEYCOMB_API_ENDPOINT", server.url())
        .run()
        .await;
    assert!(!told(&exit).0 && exit.log.contains("an ingest key cannot set markers"), "{}", exit.log);
    assert!(server.requests().is_empty());
}
