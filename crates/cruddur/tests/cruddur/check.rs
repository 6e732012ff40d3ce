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

fn page(status: u16) -> MockResponse {
    MockResponse::status(status).header("content-type", "text/html; charset=utf-8").body("<html>log in")
}

#[tokio::test]
async fn what_is_no_answer_of_rollbar_is_a_failure() {
    let server = MockServer::start(|_| page(200));
    let rollbar =
        || check("rollbar").env("ROLLBAR_ACCESS_TOKEN", "S3CRET0123").env("ROLLBAR_ENDPOINT", server.url());
    let exit = rollbar().run().await;
    let (success, output) = told(&exit);
    let words = "that is a web page, not an answer of Rollbar: check ROLLBAR_ENDPOINT, and whether a proxy or a login";
    assert!(!success && output.contains(words), "{output}");

    server.respond_with(|_| MockResponse::status(200));
    let exit = rollbar().run().await;
    let (success, output) = told(&exit);
    assert!(!success && output.contains("that does not say that the item was accepted"), "{output}");

    server.respond_with(|_| MockResponse::json(200, &json!({"err": 1, "message": "no S3CRET0123"})));
    let exit = rollbar().run().await;
    let (success, output) = told(&exit);
    assert!(!success && output.contains("200 OK (no ***)"), "{output}");
}

#[tokio::test]
async fn without_a_name_all_configured_destinations_are_checked() {
    let (sink, server) = (Sink::start(), MockServer::start(|_| MockResponse::json(200, &json!({"err": 0}))));
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
async fn a_misspelt_variable_is_named_with_the_one_that_was_meant() {
    let expected = "note: HONEYCOM_API_KEY is not known: did you mean HONEYCOMB_API_KEY?";
    let sink = Sink::start();
    for command in [
        check("honeycomb"),
        check("otlp").env("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url()),
        marker("http://127.0.0.1:9").arg("hi"),
    ] {
        let exit = command.env("HONEYCOM_API_KEY", KEY).run().await;
        let (_, output) = told(&exit);
        assert_eq!(output.matches(expected).count(), 1, "{output}{}", exit.log);
    }
    let exit = check("otlp").env("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url()).run().await;
    assert!(!exit.output.contains("did you mean"), "{}", exit.output);
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

    server.respond_with(|_| {
        MockResponse::json(403, &json!({"error": format!("{CONFIGURATION_KEY} may not do that")}))
    });
    let exit = marker().run().await;
    let refused = "403 Forbidden (*** may not do that): the key needs the permission Manage Markers";
    assert!(!told(&exit).0 && exit.log.contains(refused), "{}", exit.log);
}

/// Sets a marker, with a configuration key alone.
fn marker(endpoint: &str) -> ProcessBuilder {
    let marker = cruddur().arg("marker").env("HONEYCOMB_API_KEY", "");
    marker.env("HONEYCOMB_CONFIGURATION_KEY", CONFIGURATION_KEY).env("HONEYCOMB_API_ENDPOINT", endpoint)
}

#[tokio::test]
async fn what_is_no_answer_of_honeycomb_sets_no_marker_and_says_what_to_check() {
    let server = MockServer::start(|_| page(200));
    let refused = async |expected: &str| {
        let exit = marker(&server.url()).arg("hi").run().await;
        assert!(!told(&exit).0 && exit.log.contains(expected), "{}{}", exit.output, exit.log);
        assert!(!exit.log.contains("try again"), "{}", exit.log);
    };
    refused(
        "that is a web page, not an answer of Honeycomb: check HONEYCOMB_API_ENDPOINT, and whether a proxy or a login",
    )
    .await;
    for answer in [MockResponse::status(200), MockResponse::json(201, &json!({"id": ""}))] {
        server.respond_with(move |_| answer.clone());
        refused("that is not a marker with an id: check HONEYCOMB_API_ENDPOINT").await;
    }
    server.respond_with(|_| page(302).header("location", "https://login.example/"));
    refused("302 Found: it leads elsewhere, where no key is sent: check HONEYCOMB_API_ENDPOINT").await;
    server.respond_with(|_| page(404));
    refused("it has no markers at this path: check HONEYCOMB_API_ENDPOINT").await;
}

#[tokio::test]
async fn settings_that_are_ignored_are_the_cause_that_is_said() {
    let exit = marker("api.honeycomb.io").arg("hi").run().await;
    assert!(!told(&exit).0 && !exit.log.contains("set HONEYCOMB_CONFIGURATION_KEY"), "{}", exit.log);
    assert!(exit.log.contains("HONEYCOMB_API_ENDPOINT is ignored: it has no scheme"), "{}", exit.log);
    let exit = marker("https://api.honeycomb.io")
        .env("HONEYCOMB_CONFIGURATION_KEY", "schlüssel")
        .arg("hi")
        .run()
        .await;
    let ignored = "nothing is sent to Honeycomb: HONEYCOMB_CONFIGURATION_KEY is ignored: it must consist of";
    assert!(!told(&exit).0 && exit.log.contains(ignored), "{}", exit.log);
    assert!(!exit.log.contains("HONEYCOMB_API_KEY"), "that one is not set: {}", exit.log);
}

#[tokio::test]
async fn a_marker_without_a_message_or_with_a_url_of_no_page_is_not_sent() {
    let server = MockServer::start(|_| MockResponse::json(201, &json!({"id": "1"})));
    for (arguments, problem) in [
        (&[" "][..], "the message of the marker is empty"),
        (&["hi", "--url", "not-a-url"], "the URL of the marker is not one of a page"),
    ] {
        let marker = arguments.iter().fold(marker(&server.url()), |marker, argument| marker.arg(*argument));
        let exit = marker.run().await;
        assert!(!told(&exit).0 && exit.log.contains(problem), "{}", exit.log);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_is_missing_of_x_ray_s_settings_is_said() {
    let exit = check("xray").env("TELEMETRY_XRAY", "otlp").run().await;
    let missing = "TELEMETRY_XRAY=otlp is ignored: set AWS_REGION";
    assert!(!told(&exit).0 && exit.log.contains(missing), "{}", exit.log);
    let exit = check("xray").env("AWS_REGION", "eu-central-1").run().await;
    assert!(!told(&exit).0 && exit.log.contains("set TELEMETRY_XRAY=otlp and AWS_REGION"), "{}", exit.log);
}

#[tokio::test]
async fn the_source_of_sampling_rules_is_tried_with_x_ray() {
    let rule = json!({"SamplingRule": {
        "RuleName": "Default", "Priority": 10_000, "FixedRate": 0.05, "ReservoirSize": 1, "Version": 1,
        "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*",
        "Attributes": {},
    }});
    let tcp = MockServer::start(move |_| MockResponse::json(200, &json!({"SamplingRuleRecords": [rule]})));
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = |tcp: &str| {
        let address = format!("tcp:{} udp:{}", tcp.trim_start_matches("http://"), udp.local_addr().unwrap());
        check("xray")
            .env("TELEMETRY_XRAY", "daemon")
            .env("OTEL_TRACES_SAMPLER", "xray")
            .env("AWS_XRAY_DAEMON_ADDRESS", address)
    };
    let exit = at(&tcp.url()).run().await;
    let (success, output) = told(&exit);
    assert!(
        success && output.contains(&format!("Sampling rules: 1, from {}.", tcp.url())),
        "{output}{}",
        exit.log
    );

    let exit = at("127.0.0.1:9").run().await;
    let (_, output) = told(&exit);
    assert!(
        output.contains("Sampling rules cannot be fetched: http://127.0.0.1:9/GetSamplingRules: "),
        "{output}"
    );
    assert!(output.contains("check AWS_XRAY_DAEMON_ADDRESS"), "{output}");
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
