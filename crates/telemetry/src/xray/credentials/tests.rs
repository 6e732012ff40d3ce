//! Tests of loading and refreshing, against stand-ins of the endpoints on real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;
use crate::env::{Authorization, Container, Token};

const LIMIT: Duration = Duration::from_secs(5);

/// A server that answers each request by `answer` of its request line and headers, and records them.
struct StandIn {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    fn start(answer: impl Fn(usize, &str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let recorded = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
                let head = head.join("\n");
                let count = {
                    let mut recorded = recorded.lock().expect("no panic");
                    recorded.push(head.clone());
                    recorded.len()
                };
                let (status, body) = answer(count, &head);
                let length = body.len();
                let response = format!(
                    "HTTP/1.1 {status} .\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                stream.write_all(response.as_bytes()).expect("a response");
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

fn document(id: &str, expiration: &str) -> String {
    format!(
        r#"{{"AccessKeyId":"{id}","SecretAccessKey":"S3CRET","Token":"S3CRET","Expiration":"{expiration}"}}"#
    )
}

/// No source but those that a test sets, and no file of this machine.
fn sources() -> CredentialSources {
    CredentialSources {
        environment: None,
        profile: "default".to_owned(),
        file: None,
        default_file: None,
        container: None,
        has_web_identity: false,
        metadata: None,
    }
}

fn container(url: String, authorization: Option<Authorization>) -> Credentials {
    Credentials::new(
        CredentialSources { container: Some(Container { url, authorization }), ..sources() },
        None,
    )
}

fn at(text: &str) -> SystemTime {
    crate::xray::timestamp::parse(text).expect("a time")
}

fn id(credentials: &mut Credentials, now: &str) -> String {
    credentials.get(at(now), LIMIT).expect("credentials").keys.id.0.clone()
}

#[test]
fn a_pods_credentials_are_loaded_with_the_token_of_its_file_and_again_before_they_end() {
    let pod = StandIn::start(|count, _| {
        (200, document(&format!("AKID{count}"), &format!("2030-01-01T0{count}:00:00Z")))
    });
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("token");
    std::fs::write(&file, "first\n").expect("a file");
    let mut credentials =
        container(format!("{}/v1/credentials", pod.url), Some(Authorization::File(file.clone())));
    assert_eq!(id(&mut credentials, "2030-01-01T00:00:00Z"), "AKID1");
    assert_eq!(id(&mut credentials, "2030-01-01T00:54:59Z"), "AKID1", "they last six minutes more");
    std::fs::write(&file, "second").expect("a file");
    assert_eq!(id(&mut credentials, "2030-01-01T00:55:00Z"), "AKID2", "five minutes before they end");
    let requests = pod.requests();
    assert!(
        requests[0].starts_with("GET /v1/credentials HTTP/1.1")
            && requests[0].contains("authorization: first")
    );
    assert!(requests[1].contains("authorization: second"), "the token is read again: {}", requests[1]);
    assert_eq!(requests.len(), 2);
    assert!(!format!("{credentials:?}").contains("S3CRET"));
}

#[test]
fn an_outage_of_the_source_is_bridged_until_the_credentials_end() {
    let pod = StandIn::start(|count, _| match count {
        1 => (200, document("AKID1", "2030-01-01T01:00:00Z")),
        2 | 3 => (500, String::new()),
        _ => (200, document("AKID4", "2030-01-01T07:00:00Z")),
    });
    let mut credentials = container(pod.url.clone(), None);
    assert_eq!(id(&mut credentials, "2030-01-01T00:00:00Z"), "AKID1");
    assert_eq!(id(&mut credentials, "2030-01-01T00:59:59Z"), "AKID1", "they still work");
    let error = credentials.get(at("2030-01-01T01:00:00Z"), LIMIT).expect_err("they have ended").to_string();
    assert!(
        error.starts_with("the container's credentials endpoint 127.0.0.1:")
            && error.contains("answered 500"),
        "{error}"
    );
    assert_eq!(id(&mut credentials, "2030-01-01T01:00:01Z"), "AKID4", "they are loaded at the next use");
}

#[test]
fn an_instance_is_asked_with_a_session_token_for_the_credentials_of_its_role() {
    let metadata = StandIn::start(|_, request| {
        let line = request.lines().next().unwrap_or_default();
        match line {
            "PUT /latest/api/token HTTP/1.1"
                if request.contains("x-aws-ec2-metadata-token-ttl-seconds: 300") =>
            {
                (200, "session".to_owned())
            }
            _ if !request.contains("x-aws-ec2-metadata-token: session") => (401, String::new()),
            "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => (200, "app-role".to_owned()),
            "GET /latest/meta-data/iam/security-credentials/app-role HTTP/1.1" => {
                (200, document("AKROLE", "2030-01-01T06:00:00Z"))
            }
            _ => (404, String::new()),
        }
    });
    let mut credentials =
        Credentials::new(CredentialSources { metadata: Some(metadata.url.clone()), ..sources() }, None);
    let loaded = credentials.get(at("2030-01-01T00:00:00Z"), LIMIT).expect("credentials");
    assert_eq!(
        (loaded.keys.id.0.as_str(), loaded.from.to_string().as_str()),
        ("AKROLE", "of the instance's role app-role")
    );
    assert_eq!(metadata.requests().len(), 3);
}

#[test]
fn an_instance_without_a_role_says_so() {
    let metadata =
        StandIn::start(
            |_, request| {
                if request.starts_with("PUT") { (200, "t".to_owned()) } else { (404, String::new()) }
            },
        );
    let mut credentials =
        Credentials::new(CredentialSources { metadata: Some(metadata.url.clone()), ..sources() }, None);
    let error = credentials.get(SystemTime::now(), LIMIT).expect_err("no role").to_string();
    assert!(error.contains("the instance may have no role"), "{error}");
}

#[test]
fn nothing_configured_and_no_instance_says_what_to_set() {
    // Bound, so that no server of another test gets it, and nothing listens.
    let closed = tokio::net::TcpSocket::new_v4().expect("a socket");
    closed.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let url = format!("http://{}", closed.local_addr().expect("an address"));
    for metadata in [None, Some(url)] {
        let mut credentials = Credentials::new(CredentialSources { metadata, ..sources() }, None);
        let error = credentials.get(SystemTime::now(), LIMIT).expect_err("no credentials").to_string();
        assert!(error.contains("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"), "{error}");
    }
}

#[test]
fn a_pods_web_identity_is_never_replaced_by_the_role_of_its_node() {
    let metadata = StandIn::start(|_, _| (200, document("AKNODE", "2030-01-01T06:00:00Z")));
    let sources =
        CredentialSources { has_web_identity: true, metadata: Some(metadata.url.clone()), ..sources() };
    let error =
        Credentials::new(sources, None).get(SystemTime::now(), LIMIT).expect_err("no role").to_string();
    assert!(error.contains("EKS Pod Identity"), "{error}");
    assert!(metadata.requests().is_empty());
}

#[test]
fn an_endpoint_that_hangs_costs_its_time_limit_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut credentials = container(url, None);
    let began = std::time::Instant::now();
    credentials.get(SystemTime::now(), Duration::from_millis(300)).expect_err("no answer");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // The connection was made: what was measured is the wait for an answer.
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut request = [0; 4];
    stream.read_exact(&mut request).expect("a request");
    assert_eq!(&request, b"GET ");
}

#[test]
fn the_environment_comes_before_a_container_and_is_never_loaded_again() {
    let token = |text: &str| Token::parse(text).expect("a token");
    let keys = AccessKeys { id: token("AKENV"), secret: token("S3CRET"), session: Some(token("S3CRET")) };
    let url = "http://127.0.0.1:9/".to_owned();
    let container = Some(Container { url, authorization: None });
    let mut credentials =
        Credentials::new(CredentialSources { environment: Some(keys), container, ..sources() }, None);
    assert_eq!(id(&mut credentials, "2030-01-01T00:00:00Z"), "AKENV");
    assert_eq!(id(&mut credentials, "2039-01-01T00:00:00Z"), "AKENV");
    assert_eq!(credentials.secrets(), ["S3CRET", "S3CRET"]);
    assert!(!credentials.are_replaced(LIMIT), "they were refused, and stay");
}

#[test]
fn refused_credentials_are_loaded_again_and_known_to_be_others() {
    let metadata = StandIn::start(|count, _| {
        let id = if count < 3 { "AKOLD" } else { "AKNEW" };
        (200, document(id, "2030-01-01T06:00:00Z"))
    });
    let mut credentials = container(metadata.url.clone(), None);
    assert!(!credentials.are_replaced(LIMIT), "none were refused");
    assert_eq!(id(&mut credentials, "2030-01-01T00:00:00Z"), "AKOLD");
    assert!(!credentials.are_replaced(LIMIT), "the same");
    assert!(credentials.are_replaced(LIMIT));
    assert_eq!(id(&mut credentials, "2030-01-01T00:00:00Z"), "AKNEW");
    assert_eq!(metadata.requests().len(), 3);
}
