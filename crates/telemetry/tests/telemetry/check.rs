//! What a check of a destination says about a failure, and what to do.

use std::collections::BTreeMap;

use telemetry::Service;
use telemetry::destinations;
use tokio::net::TcpListener;

use crate::background_server::answering;
use crate::closed_port::ClosedPort;

/// Checks the first configured destination. Returns its answer.
pub(crate) async fn check(variables: &[(&str, &str)]) -> Result<String, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables: BTreeMap<String, String> = variables.collect();
    let checking = tokio::task::spawn_blocking(move || {
        let variable = |name: &str| variables.get(name).cloned();
        let destination = destinations::configured(&variable)[0];
        let service = Service { name: "shop", version: "1" };
        destinations::check(destination, service, &variable).map(|report| report.answer)
    });
    checking.await.expect("no panic").unwrap_or_else(|error| Err(error.to_string()))
}

/// Asserts that the answer to a check with these variables is a failure with all of these words.
async fn assert_says(variables: &[(&str, &str)], words: &[&str]) {
    let answer = check(variables).await.expect_err("a failure");
    for word in words {
        assert!(answer.contains(word), "{variables:?}: no {word:?} in {answer}");
    }
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

#[tokio::test]
async fn no_answer_says_why_and_which_variable_to_change() {
    let port = ClosedPort::new();
    let closed = port.url();
    assert_says(
        &[(ENDPOINT, &closed)],
        &["nothing listens there: start it, or change OTEL_EXPORTER_OTLP_ENDPOINT"],
    )
    .await;
    let honeycomb = ("HONEYCOMB_API_KEY", "0123");
    assert_says(&[honeycomb, ("HONEYCOMB_API_ENDPOINT", &closed)], &["or change HONEYCOMB_API_ENDPOINT"])
        .await;
    assert_says(
        &[(ENDPOINT, "http://nowhere.invalid")],
        &["the name is unknown: check OTEL_EXPORTER_OTLP_ENDPOINT"],
    )
    .await;

    // It accepts connections into its backlog, and answers nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let silent = format!("http://{}", silent.local_addr().expect("an address"));
    let limit = ("OTEL_EXPORTER_OTLP_TIMEOUT", "300");
    let words = ["no answer within 0.3 s; check OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    assert_says(&[(ENDPOINT, &silent), limit], &words).await;
}

#[cfg(feature = "xray")]
#[tokio::test]
async fn an_unknown_host_of_x_ray_is_that_of_the_region() {
    let variables = [
        ("TELEMETRY_XRAY", "otlp"),
        ("AWS_REGION", "no-such-region"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "S3CRET"),
    ];
    assert_says(&variables, &["the name is unknown: check AWS_REGION"]).await;
}

#[tokio::test]
async fn a_port_without_tls_is_named_whatever_it_answers() {
    // An old server answers a page without a status line; another one in pieces, or with something else.
    for answer in [
        "<!DOCTYPE HTML><h1>Bad request version</h1>",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n",
    ] {
        let url = answering(answer).await.replace("http:", "https:");
        assert_says(&[(ENDPOINT, &url)], &["this port speaks no TLS: begin ", "with http://"]).await;
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn a_port_without_grpc_is_named() {
    for answer in [
        "<!DOCTYPE HTML><h1>Bad request version</h1><p>Error code explanation: 400",
        "HTTP/1.1 400 .\r\n\r\n",
    ] {
        let url = answering(answer).await;
        let variables = [(ENDPOINT, &*url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
        assert_says(&variables, &["OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"]).await;
    }
}

#[tokio::test]
async fn each_answer_says_what_to_do() {
    for (answer, words) in [
        (
            "HTTP/1.1 302 Found\r\nlocation: https://me:S3CRET@login.example/a?token=S3CRET\r\ncontent-length: 0\r\n\r\n",
            &[
                "redirects are not followed: set OTEL_EXPORTER_OTLP_ENDPOINT to an address at https://login.example",
            ][..],
        ),
        (
            "HTTP/1.1 301 .\r\nlocation: /otlp\r\ncontent-length: 0\r\n\r\n",
            &["redirects are not followed: set OTEL_EXPORTER_OTLP_ENDPOINT to"],
        ),
        ("HTTP/1.1 501 .\r\ncontent-length: 0\r\n\r\n", &["it receives no OTLP at this path"]),
        (
            "HTTP/1.1 500 .\r\ncontent-length: 12\r\n\r\ndisk is full",
            &["(disk is full); the fault is on its side"],
        ),
        (
            "HTTP/1.1 503 .\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\n<p>",
            &["503", "the fault is on its side"],
        ),
        ("HTTP/1.1 429 .\r\ncontent-length: 0\r\n\r\n", &["it limits the rate: send fewer spans"]),
    ] {
        let url = answering(answer).await;
        assert_says(&[(ENDPOINT, &url)], words).await;
        let told = check(&[(ENDPOINT, &url)]).await.expect_err("a failure");
        assert!(!told.contains("S3CRET") && !told.contains("tried again"), "{told}");
    }
}

#[tokio::test]
async fn a_page_or_an_unknown_path_names_the_variable_that_is_set() {
    let page = answering("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\n<p>").await;
    let missing = answering("HTTP/1.1 404 .\r\ncontent-length: 0\r\n\r\n").await;
    let twice = format!("{missing}/v1/traces");
    let key = ("HONEYCOMB_API_KEY", "0123");
    for (variables, words) in [
        (&[key, ("HONEYCOMB_API_ENDPOINT", &*page)][..], "not OTLP: check HONEYCOMB_API_ENDPOINT,"),
        (
            &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &page)],
            "not OTLP: check OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,",
        ),
        (&[key, ("HONEYCOMB_API_ENDPOINT", &missing)], "at this path: check HONEYCOMB_API_ENDPOINT"),
        (&[key, ("HONEYCOMB_API_ENDPOINT", &twice)], "added to HONEYCOMB_API_ENDPOINT: leave /v1/traces out"),
        (&[(ENDPOINT, &twice)], "added to OTEL_EXPORTER_OTLP_ENDPOINT: leave /v1/traces out"),
        (&[(ENDPOINT, &missing)], "at this path: check OTEL_EXPORTER_OTLP_ENDPOINT"),
    ] {
        assert_says(variables, &[words]).await;
    }
}

#[cfg(feature = "xray")]
#[tokio::test]
async fn answers_of_x_ray_name_the_variable_and_the_credentials() {
    let page = answering("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\n<p>").await;
    let denied = "HTTP/1.1 403 .\r\nx-amzn-errortype: AccessDeniedException\r\ncontent-length: 0\r\n\r\n";
    let denied = answering(denied).await;
    for (endpoint, words) in [
        (&page, "not OTLP: check AWS_ENDPOINT_URL_XRAY,"),
        (&denied, "the credentials in environment variables lack the permission xray:PutSpans"),
    ] {
        let variables = [
            ("TELEMETRY_XRAY", "otlp"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL_XRAY", endpoint),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "S3CRET"),
        ];
        assert_says(&variables, &[words]).await;
    }
}
