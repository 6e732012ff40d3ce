//! AWS X-Ray's OTLP endpoint: a stand-in that checks each signature, over TLS with a private authority.

use std::time::Duration;

use testkit::{AwsKeys, ConnectProxy, DEADLINE, ProcessBuilder, Request, Sink, TlsProxy, wait_until};

use crate::outage::{home_feed, lose_nothing, stored, whole_trace};
use crate::system::{System, cruddur, up};

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "S3CRETwJalrXUtnFEMI/K7MDENG+bPxRfiCY";
const SESSION: &str = "S3CRETFwoGZXIvYXdzE//////////wE=";
/// `me:S3CRET`
const PROXY_AUTHORIZATION: &str = "Basic bWU6UzNDUkVU";

/// A stand-in of X-Ray, and TLS before it.
struct XRay {
    sink: Sink,
    tls: TlsProxy,
}

impl XRay {
    /// Accepts what is signed with these keys, and with the session token if there is one.
    fn start(session: Option<&str>) -> Self {
        Self::start_as(None, session)
    }

    /// With a host name, it is reached through a proxy.
    fn start_as(name: Option<&str>, session: Option<&str>) -> Self {
        let keys = AwsKeys {
            access_key_id: ID.to_owned(),
            secret_access_key: SECRET.to_owned(),
            session_token: session.map(str::to_owned),
            region: "eu-central-1".to_owned(),
            service: "xray".to_owned(),
        };
        // The port of TLS, which is the one that is signed, is known later.
        let host: std::sync::Arc<std::sync::OnceLock<String>> = std::sync::Arc::default();
        let known = std::sync::Arc::clone(&host);
        let sink = Sink::that_checks(move |request| {
            keys.check(request, known.get().map(String::as_str).unwrap_or_default())
        });
        let tls = TlsProxy::start_as(name.unwrap_or("localhost"), &sink.url());
        host.set(name.map_or_else(|| tls.host(), str::to_owned)).expect("it is set once");
        Self { sink, tls }
    }

    /// Sends to it beside other destinations.
    fn beside(&self, builder: ProcessBuilder) -> ProcessBuilder {
        signing(builder)
            .env("AWS_ENDPOINT_URL_XRAY", self.tls.url())
            .env("SSL_CERT_FILE", self.tls.authority())
    }

    fn all_are_signed(&self) {
        let exports = self.sink.exports();
        assert!(!exports.is_empty());
        for export in exports {
            let header = |name: &str| {
                export.header(name).unwrap_or_else(|| panic!("no {name}: {export:?}")).to_owned()
            };
            assert_eq!(export.path(), "/v1/traces");
            assert_eq!(header("content-type"), "application/x-protobuf");
            assert_eq!(header("content-encoding"), "gzip");
            assert!(header("authorization").contains("/eu-central-1/xray/aws4_request"));
        }
    }
}

/// The variables that turn X-Ray on.
fn signing(builder: ProcessBuilder) -> ProcessBuilder {
    builder
        .env("TELEMETRY_XRAY", "otlp")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
}

#[tokio::test]
async fn the_home_feed_is_one_linked_trace_at_x_ray_and_in_the_waterfall() {
    let xray = XRay::start(None);
    let system = System::of(xray.beside(up())).await;
    let trace_id = home_feed(&system).await;
    whole_trace(&xray.sink, &trace_id).await.assert_one_linked_trace();
    let stored = stored(&system, &trace_id).await;
    stored.assert_one_linked_trace();
    xray.all_are_signed();
}

#[tokio::test]
async fn an_endpoint_of_traces_is_signed_with_a_session_token_and_takes_all_spans() {
    let xray = XRay::start(Some(SESSION));
    let system = signing(up())
        .env("AWS_SESSION_TOKEN", SESSION)
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{}/v1/traces", xray.tls.url()))
        .env("OTEL_EXPORTER_OTLP_CERTIFICATE", xray.tls.authority());
    let system = System::of(system).await;
    let trace_id = home_feed(&system).await;
    whole_trace(&xray.sink, &trace_id).await.assert_one_linked_trace();
    xray.all_are_signed();
    assert!(system.stored_trace(&trace_id).await.is_none(), "it is the only destination");
}

#[tokio::test]
async fn x_ray_is_reached_through_a_proxy_and_no_part_of_the_system_is() {
    const HOST: &str = "xray.eu-central-1.amazonaws.com";
    let xray = XRay::start_as(Some(HOST), None);
    let proxy = ConnectProxy::start(&xray.tls.host(), PROXY_AUTHORIZATION);
    let url = format!("http://me:S3CRET@{}", proxy.address());
    // The default endpoint of the region: only the proxy leads to the stand-in.
    let system = signing(up())
        .env("HTTPS_PROXY", &*url)
        .env("HTTP_PROXY", &*url)
        .env("SSL_CERT_FILE", xray.tls.authority());
    let system = System::of(system).await;
    let trace_id = home_feed(&system).await;
    whole_trace(&xray.sink, &trace_id).await.assert_one_linked_trace();
    stored(&system, &trace_id).await.assert_one_linked_trace();
    xray.all_are_signed();
    let requests = proxy.requests();
    let expected = format!("CONNECT {HOST}:443 ");
    assert!(!requests.is_empty() && requests.iter().all(|line| line.starts_with(&expected)), "{requests:?}");
    assert!(!system.process.log().contains("S3CRET"), "{}", system.process.log());
}

#[tokio::test]
async fn a_proxy_that_refuses_its_password_is_named_without_it() {
    let xray = XRay::start(None);
    let proxy = ConnectProxy::start(&xray.tls.host(), PROXY_AUTHORIZATION);
    let url = format!("http://me:S3CRETwrong@{}", proxy.address());
    let (success, told) = told(signing(check()).env("HTTPS_PROXY", url)).await;
    assert!(!success && told.contains(&format!("the proxy {}", proxy.address())), "{told}");
    assert!(told.contains("authorization required"), "{told}");
}

#[tokio::test]
async fn a_refused_signature_costs_the_waterfall_nothing_and_is_logged_without_a_secret() {
    let xray = XRay::start(None);
    let system = System::of(xray.beside(up()).env("AWS_SECRET_ACCESS_KEY", "S3CRETother")).await;
    let trace_id = home_feed(&system).await;
    stored(&system, &trace_id).await.assert_one_linked_trace();
    let advice =
        "the secret in environment variables does not belong to its access key: check AWS_SECRET_ACCESS_KEY";
    wait_until("the advice in the log", DEADLINE, || system.process.log().contains(advice).then_some(()))
        .await;
    assert!(!system.process.log().contains("S3CRET"), "{}", system.process.log());
    assert!(xray.sink.spans().is_empty());
}

#[tokio::test]
async fn x_ray_throttled_slow_gone_and_back_again_loses_no_span_and_blocks_no_request() {
    let xray = XRay::start(None);
    let system = System::of(xray.beside(up())).await;
    lose_nothing(&system, &xray.sink).await;
    assert!(!system.process.log().contains("S3CRET"), "{}", system.process.log());
}

fn check() -> ProcessBuilder {
    cruddur().with_default_exporters().without("OTEL_SERVICE_NAME").arg("check").arg("xray")
}

/// Exit status, and standard output, neither of which has a secret.
async fn told(builder: ProcessBuilder) -> (bool, String) {
    let exit = builder.run().await;
    assert!(!format!("{}{}", exit.output, exit.log).contains("S3CRET"), "{}{}", exit.output, exit.log);
    (exit.status.success(), format!("{}{}", exit.output, exit.log))
}

#[tokio::test]
async fn check_says_what_x_ray_accepted_and_with_whose_credentials() {
    let xray = XRay::start(None);
    let (success, told) = told(xray.beside(check())).await;
    assert!(success && told.starts_with("X-Ray: accepted\n"), "{told}");
    assert!(told.contains("answer  200 OK: the span was accepted"), "{told}");
    assert!(told.contains("signed for eu-central-1 with the credentials in environment variables"), "{told}");
    let [span] = &xray.sink.spans()[..] else { panic!("one span, not {}", xray.sink.spans().len()) };
    assert!(told.contains(&format!("trace {}", span.trace_id)), "{told}");
}

#[tokio::test]
async fn check_names_a_wrong_clock_a_wrong_region_and_missing_credentials() {
    let xray = XRay::start(None);
    let (success, text) = told(xray.beside(check()).env("AWS_REGION", "us-east-1")).await;
    assert!(!success && text.contains("the signature is for us-east-1: check AWS_REGION"), "{text}");

    let seven_minutes = std::time::SystemTime::now() - Duration::from_mins(7);
    let date = http_date(seven_minutes);
    let clock = testkit::MockServer::start(move |_: &Request| {
        testkit::MockResponse::status(403)
            .header("date", &date)
            .header("x-amzn-errortype", "InvalidSignatureException")
    });
    let (success, text) = told(signing(check()).env("AWS_ENDPOINT_URL_XRAY", clock.url())).await;
    assert!(!success && text.contains("the clock of this machine is 7 minutes ahead"), "{text}");

    let without = xray.beside(check()).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let without = without.env("AWS_EC2_METADATA_DISABLED", "true");
    let empty = without.directory().join("credentials");
    std::fs::write(&empty, "[default]\n").unwrap();
    let (success, text) = told(without.env("AWS_SHARED_CREDENTIALS_FILE", empty.display().to_string())).await;
    assert!(!success && text.contains("the profile default has no aws_access_key_id"), "{text}");

    let (success, text) = told(check()).await;
    assert!(!success && text.contains("set TELEMETRY_XRAY=otlp and AWS_REGION"), "{text}");
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(time: std::time::SystemTime) -> String {
    actix_web::http::header::HttpDate::from(time).to_string()
}
