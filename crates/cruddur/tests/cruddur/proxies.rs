//! Each destination through an HTTP proxy, at its real host name: only the proxy leads to the stand-in.

use testkit::{ConnectProxy, MockResponse, MockServer, ProcessBuilder, TlsProxy};

use crate::system::cruddur;

/// `me:S3CRET`
const AUTHORIZATION: &str = "Basic bWU6UzNDUkVU";

/// Variables and their values.
type Variables = &'static [(&'static str, &'static str)];

/// Destinations, the hosts that they are reached at, and what they need.
const DESTINATIONS: [(&str, &str, Variables); 4] = [
    ("otlp", "otlp.example.com", &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example.com")]),
    ("honeycomb", "api.honeycomb.io", &[("HONEYCOMB_API_KEY", "S3CRET0123")]),
    (
        "xray",
        "xray.eu-central-1.amazonaws.com",
        &[
            ("TELEMETRY_XRAY", "otlp"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "S3CRET0123"),
        ],
    ),
    ("rollbar", "api.rollbar.com", &[("ROLLBAR_ACCESS_TOKEN", "S3CRET0123")]),
];

fn check(destination: &str, variables: &[(&str, &str)]) -> ProcessBuilder {
    let check = cruddur().with_default_exporters().arg("check").arg(destination);
    variables.iter().fold(check, |check, (name, value)| check.env(name, *value))
}

#[tokio::test]
async fn every_destination_is_reached_through_the_proxy_and_no_secret_is_printed() {
    for (destination, host, variables) in DESTINATIONS {
        let server = MockServer::start(|request| match request.path() {
            "/v1/traces" => MockResponse::status(200).header("content-type", "application/x-protobuf"),
            _ => MockResponse::json(200, &serde_json::json!({"err": 0})),
        });
        let tls = TlsProxy::start_as(host, &server.url());
        let proxy = ConnectProxy::start(&tls.host(), AUTHORIZATION);
        let url = format!("http://me:S3CRET@{}", proxy.address());
        let exit = check(destination, variables)
            .env("HTTPS_PROXY", url)
            .env("SSL_CERT_FILE", tls.authority())
            .run()
            .await;
        let told = format!("{}{}", exit.output, exit.log);
        assert!(exit.status.success() && !told.contains("S3CRET"), "{destination}: {told}");
        let requests = proxy.requests();
        let expected = format!("CONNECT {host}:443 ");
        assert!(
            !requests.is_empty() && requests.iter().all(|line| line.starts_with(&expected)),
            "{requests:?}"
        );
        assert!(!server.requests().is_empty(), "{destination}");
        if destination == "xray" {
            let page = "open    https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/1-";
            assert!(told.contains(page), "{told}");
        }
    }
}

#[tokio::test]
async fn a_host_of_no_proxy_is_reached_directly() {
    let server = MockServer::start(|_| MockResponse::status(200));
    let proxy = ConnectProxy::start(server.url().trim_start_matches("http://"), AUTHORIZATION);
    let url = format!("http://me:S3CRET@{}", proxy.address());
    let check = check("honeycomb", &[("HONEYCOMB_API_KEY", "S3CRET0123"), ("NO_PROXY", ".invalid")]);
    let exit =
        check.env("HONEYCOMB_API_ENDPOINT", "https://honeycomb.invalid").env("HTTPS_PROXY", url).run().await;
    assert!(!exit.status.success(), "the host does not exist: {}", exit.output);
    assert!(proxy.requests().is_empty(), "{:?}", proxy.requests());
}
