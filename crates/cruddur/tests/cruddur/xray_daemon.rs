//! `TELEMETRY_XRAY=daemon`: the real services send segment documents to a socket in the place of the X-Ray daemon.
//!
//! Each document is checked against the published schema, as `segment_schema` has it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection};
use testkit::{DEADLINE, Process, ProcessBuilder, Sink, TraceResponse, wait_until};

use crate::system::{HOME, System, cruddur, traceresponse, up};

#[path = "../../../telemetry/src/xray/segment/schema.rs"]
mod segment_schema;

/// Listens for datagrams until it is dropped or stopped.
struct Daemon {
    address: SocketAddr,
    datagrams: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<UdpSocket>>,
}

/// A port on which nothing listens, and which nobody else can have: a connected socket takes datagrams of its peer alone,
/// and the kernel refuses those of others.
struct ClosedPort(UdpSocket);

impl ClosedPort {
    fn start() -> Self {
        Self::keep(UdpSocket::bind("127.0.0.1:0").unwrap())
    }

    fn keep(socket: UdpSocket) -> Self {
        socket.connect("127.0.0.1:9").unwrap();
        Self(socket)
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    fn open(self) -> Daemon {
        let address = self.address();
        drop(self);
        Daemon::at(address)
    }
}

impl Daemon {
    fn start() -> Self {
        Self::at(([127, 0, 0, 1], 0).into())
    }

    fn at(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let (datagrams, stopped): (Arc<Mutex<Vec<String>>>, Arc<AtomicBool>) = Default::default();
        let thread = std::thread::spawn({
            let (datagrams, stopped) = (Arc::clone(&datagrams), Arc::clone(&stopped));
            move || {
                let mut buffer = vec![0; 65_536];
                while !stopped.load(Ordering::Relaxed) {
                    if let Ok(length) = socket.recv(&mut buffer) {
                        datagrams.lock().unwrap().push(String::from_utf8(buffer[..length].to_vec()).unwrap());
                    }
                }
                socket
            }
        });
        Self { address, datagrams, stopped, thread: Some(thread) }
    }

    /// The documents of a trace. Each is valid.
    fn documents(&self, trace_id: &str) -> Vec<Value> {
        let datagrams = self.datagrams.lock().unwrap();
        let documents = datagrams.iter().map(|datagram| {
            let (header, document) = datagram.split_once('\n').expect("a header line");
            assert_eq!(header, r#"{"format":"json","version":1}"#);
            let document: Value = serde_json::from_str(document).expect("JSON");
            assert_eq!(segment_schema::violations(&document), Vec::<String>::new(), "{document:#}");
            document
        });
        let (time, rest) = trace_id.split_at(8);
        documents.filter(|document| document["trace_id"] == format!("1-{time}-{rest}")).collect()
    }

    /// The trace once it has so many spans.
    async fn trace(&self, trace_id: &str, spans: usize) -> XrayTrace {
        let complete =
            || Some(XrayTrace::of(self.documents(trace_id))).filter(|trace| trace.spans.len() == spans);
        wait_until(&format!("{spans} spans of {trace_id}"), DEADLINE, complete).await
    }

    fn stop(mut self) -> ClosedPort {
        ClosedPort::keep(self.end().unwrap())
    }

    fn end(&mut self) -> Option<UdpSocket> {
        self.stopped.store(true, Ordering::Relaxed);
        self.thread.take()?.join().ok()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}

/// Segments and subsegments by id, each with the id of its parent.
struct XrayTrace {
    spans: BTreeMap<String, (Option<String>, Value)>,
}

impl XrayTrace {
    fn of(documents: Vec<Value>) -> Self {
        let mut spans = BTreeMap::new();
        for document in documents {
            let parent = document["parent_id"].as_str().map(str::to_owned);
            add(&mut spans, parent, document);
        }
        Self { spans }
    }

    fn find(&self, wanted: impl Fn(&Value) -> bool) -> Vec<&Value> {
        self.spans.values().map(|(_, span)| span).filter(|span| wanted(span)).collect()
    }

    /// The segments of a service.
    fn segments(&self, service: &str) -> Vec<&Value> {
        self.find(|span| {
            span["name"] == service && span.get("trace_id").is_some() && span.get("type").is_none()
        })
    }

    fn parent(&self, of: &Value) -> Option<&Value> {
        let (parent, _) = &self.spans[of["id"].as_str()?];
        self.spans.get(parent.as_ref()?).map(|(_, parent)| parent)
    }

    /// The names from a span up to its root.
    fn path(&self, from: &Value) -> String {
        let spans = std::iter::successors(Some(from), |span| self.parent(span));
        spans
            .map(|span| span["metadata"]["default"]["otel.span.name"].as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" < ")
    }
}

fn add(to: &mut BTreeMap<String, (Option<String>, Value)>, parent: Option<String>, mut document: Value) {
    let id = document["id"].as_str().unwrap().to_owned();
    if let Value::Array(nested) = document["subsegments"].take() {
        for nested in nested {
            add(to, Some(id.clone()), nested);
        }
    }
    let before = to.insert(id.clone(), (parent, document));
    assert!(before.is_none(), "{id} arrived twice");
}

#[tokio::test]
async fn the_home_feed_arrives_as_segments_of_three_services_in_one_trace() {
    let (daemon, sink) = (Daemon::start(), Sink::start());
    let address = daemon.address.to_string();
    let builder =
        up().exporting_to(&sink).env("TELEMETRY_XRAY", "daemon").env("AWS_XRAY_DAEMON_ADDRESS", address);
    let mut system = System::of(builder).await;
    system.get(HOME).await;
    let response = system.get(HOME).await;
    let trace_id = TraceResponse::parse(&traceresponse(&response)).trace_id;
    let trace = daemon.trace(&trace_id, 11).await;
    assert!(system.process.terminate().await.status.success());

    // users serves two requests of the trace, and each is a segment.
    let counts = ["gateway", "activities", "users"].map(|service| trace.segments(service).len());
    assert_eq!(counts, [1, 1, 2]);
    let gateway = trace.segments("gateway")[0];
    assert_eq!(gateway["http"]["request"]["method"], "GET");
    assert!(gateway["http"]["request"]["url"].as_str().is_some_and(|url| url.ends_with(HOME)), "{gateway:#}");
    assert_eq!(gateway["http"]["response"]["status"], 200);
    assert_eq!(gateway["annotations"]["http_route"], HOME);
    assert_eq!(gateway["service"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(gateway.get("fault"), None);

    let queries = trace.find(|span| span.get("sql").is_some());
    let paths: Vec<String> = queries.iter().map(|query| trace.path(query)).collect();
    let feed = "home-activities < GET /activities/home < GET < GET /api/activities/home";
    for expected in [
        format!("SELECT activities < {feed}"),
        format!("SELECT users < GET /users < GET < {feed}"),
        "SELECT users < GET /users/{handle} < GET < GET /api/activities/home".to_owned(),
    ] {
        assert!(paths.contains(&expected), "{expected} in {paths:#?}");
    }
    for query in queries {
        assert_eq!(
            (&query["namespace"], &query["sql"]["database_type"]),
            (&json!("remote"), &json!("sqlite"))
        );
        let text = query["sql"]["sanitized_query"].as_str().unwrap();
        assert!(text.starts_with("SELECT") && !text.contains("andrewbrown"), "{text}");
    }
    for call in trace.find(|span| span["metadata"]["default"]["otel.span.name"] == "GET") {
        assert_eq!((&call["name"], &call["namespace"]), (&json!("127.0.0.1"), &json!("remote")));
        assert_eq!(call["http"]["response"]["status"], 200);
    }

    // The spans are those that every other destination gets, with the same parents.
    let there = sink.trace_now(&trace_id);
    for span in there.spans() {
        let (parent, _) = &trace.spans[&span.span_id];
        assert_eq!(*parent, span.parent, "{}", span.describe());
    }
}

/// A service that sends to a daemon.
fn service(name: &str, daemon: &str) -> ProcessBuilder {
    let builder = Process::builder(name, env!("CARGO_BIN_EXE_cruddur")).arg("part").arg(name);
    builder.env("TELEMETRY_XRAY", "daemon").env("AWS_XRAY_DAEMON_ADDRESS", daemon)
}

#[tokio::test]
async fn an_error_in_users_is_a_fault_with_its_cause_and_its_callers_see_a_fault() {
    let daemon = Daemon::start();
    let address = daemon.address.to_string();
    let users = service("users", &address).start().await;
    let activities = service("activities", &address).env("USERS_URL", users.url()).start().await;
    let gateway = service("gateway", &address)
        .env("USERS_URL", users.url())
        .env("ACTIVITIES_URL", activities.url())
        .start()
        .await;
    let file = users.directory().join("users.db");
    let mut database = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    sqlx::query("DROP TABLE users").execute(&mut database).await.unwrap();
    database.close().await.unwrap();

    let response = reqwest::get(format!("{}/api/users/@andrewbrown/short", gateway.url())).await.unwrap();
    let trace_id = TraceResponse::parse(&traceresponse(&response)).trace_id;
    let is_here = || {
        let trace = XrayTrace::of(daemon.documents(&trace_id));
        (!trace.segments("gateway").is_empty() && !trace.segments("users").is_empty()).then_some(trace)
    };
    let trace = wait_until("the segments of gateway and users", DEADLINE, is_here).await;
    for failed in trace.segments("users") {
        assert_eq!((&failed["fault"], &failed["http"]["response"]["status"]), (&json!(true), &json!(500)));
        let cause = &failed["cause"]["exceptions"][0];
        assert!(cause["message"].as_str().is_some_and(|text| text.contains("no such table")), "{failed:#}");
        assert_eq!(cause.get("remote"), None);
        let call = trace.parent(failed).expect("the gateway's call");
        assert_eq!((&call["fault"], &call["namespace"]), (&json!(true), &json!("remote")), "{call:#}");
        assert_eq!(call["http"]["response"]["status"], 500);
    }
    let statement = trace.find(|span| span.get("sql").is_some())[0];
    assert_eq!(
        (&statement["fault"], &statement["cause"]["exceptions"][0]["remote"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn a_daemon_that_is_down_costs_no_request_and_what_is_lost_is_reported() {
    let port = ClosedPort::start();
    let mut users = service("users", &port.address().to_string()).start().await;
    let ask = || async { reqwest::get(format!("{}/users/andrewbrown", users.url())).await.unwrap() };
    assert_eq!(ask().await.status(), 200);
    let warned = || users.log().contains("AWS_XRAY_DAEMON_ADDRESS").then_some(());
    wait_until("a warning that names the variable", DEADLINE, warned).await;
    let daemon = port.open();
    let trace_id = TraceResponse::parse(&traceresponse(&ask().await)).trace_id;
    daemon.trace(&trace_id, 2).await;
    let _closed = daemon.stop();
    assert_eq!(ask().await.status(), 200);
    let exit = users.terminate().await;
    assert!(exit.log.contains("2 spans were dropped since the backend last accepted spans"), "{}", exit.log);
}

#[tokio::test]
async fn a_check_sends_one_document_and_says_that_udp_has_no_answer() {
    let daemon = Daemon::start();
    let address = daemon.address.to_string();
    let check = || {
        let builder =
            cruddur().without("OTEL_SERVICE_NAME").arg("check").arg("xray").env("AWS_REGION", "eu-west-1");
        builder.env("TELEMETRY_XRAY", "daemon").env("AWS_XRAY_DAEMON_ADDRESS", &address)
    };
    let exit = check().run().await;
    assert!(exit.status.success(), "{}{}", exit.output, exit.log);
    assert!(exit.output.contains("UDP does not tell whether it arrived"), "{}", exit.output);
    let (_, after) = exit.output.split_once("trace ").unwrap();
    let (trace_id, _) = after.split_at(32);
    daemon.trace(trace_id, 1).await;
    let _closed = daemon.stop();
    let exit = check().run().await;
    assert!(
        !exit.status.success() && exit.output.contains("nothing listens there"),
        "{}{}",
        exit.output,
        exit.log
    );
}
