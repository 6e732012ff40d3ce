//! The exact trace of the home feed: edges, kinds, attributes and their types, from real processes over OTLP.

use std::time::Duration;

use testkit::{Sink, Span, Trace, TraceResponse};

use crate::system::{HOME, System, traceresponse};

/// In the steady state: sample data loaded, connections open.
const TREE: &str = "
    gateway     [server]   GET /api/activities/home
    ├ gateway     [client]   GET
    │ └ activities  [server]   GET /activities/home
    │   └ activities  [internal] home-activities
    │     ├ activities  [client]   SELECT activities
    │     └ activities  [client]   GET
    │       └ users       [server]   GET /users
    │         └ users       [client]   SELECT users
    └ gateway     [client]   GET
      └ users       [server]   GET /users/{handle}
        └ users       [client]   SELECT users";

#[tokio::test]
async fn the_home_feed_trace_has_exactly_the_designed_edges() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    let response = system.get(HOME).await;
    assert_eq!(response.status(), 200);
    let header = TraceResponse::parse(&traceresponse(&response));

    // Stopping flushes, so all spans have arrived.
    assert!(system.process.terminate().await.status.success());
    let trace = sink.trace_now(&header.trace_id);
    trace.assert_one_linked_trace().assert_tree(TREE);
    assert_eq!(trace.only("gateway [server] GET /api/activities/home").span_id, header.span_id);
    assert_eq!(header.flags & 1, 1, "the sampled flag is set");
    for span in trace.spans() {
        assert_eq!(
            (span.status, span.events.len(), span.links.len()),
            ("unset", 0, 0),
            "{}",
            span.describe()
        );
        assert!(span.end >= span.start);
        assert_eq!(span.resource_attribute("service.version"), Some(&env!("CARGO_PKG_VERSION").into()));
        assert!(span.resource_attribute("service.instance.id").is_some());
    }
    check_attributes(&trace);
}

fn check_attributes(trace: &Trace) {
    let edge = trace.only("gateway [server] GET /api/activities/home");
    edge.assert("http.request.method", "GET")
        .assert("http.route", HOME)
        .assert("http.response.status_code", 200)
        .assert("url.path", HOME)
        .assert("url.scheme", "http")
        .assert("server.address", "127.0.0.1")
        .assert("network.protocol.version", "1.1")
        .assert("client.address", "127.0.0.1")
        .assert_without("url.query")
        .assert_without("error.type");
    assert_port(edge, "server.port");

    for client in trace.spans().iter().filter(|span| span.kind == "client" && span.name == "GET") {
        client
            .assert("http.request.method", "GET")
            .assert("http.response.status_code", 200)
            .assert("server.address", "127.0.0.1")
            .assert("network.protocol.version", "1.1")
            .assert_without("error.type")
            .assert_without("http.request.resend_count");
        assert_port(client, "server.port");
        let url = client.attribute("url.full").and_then(|url| url.as_str()).unwrap();
        let [server] = trace.children_of(client)[..] else {
            panic!("expected one server span under\n{}", client.describe())
        };
        let path = server.attribute("url.path").and_then(|path| path.as_str()).unwrap();
        assert!(url.starts_with("http://127.0.0.1:") && url.contains(path), "{url} and {path}");
        assert_eq!(server.kind, "server");
        assert_eq!(server.flags & 0x300, 0x300, "the parent is flagged as remote");
    }

    let one = trace.only("users [server] GET /users/{handle}");
    one.assert("http.route", "/users/{handle}").assert("url.path", "/users/andrewbrown");
    let many = trace.only("users [server] GET /users");
    let query = many.attribute("url.query").and_then(|query| query.as_str()).unwrap();
    for handle in ["andrewbrown", "worf", "garek"] {
        assert!(query.contains(handle), "one query for all authors: {query}");
    }

    let home = trace.only("activities [internal] home-activities");
    home.assert("app.result_length", 3);
    let now = home.attribute("app.now").and_then(|now| now.as_str()).unwrap();
    assert!(
        now.starts_with("20") && now.contains('T') && now.ends_with('Z'),
        "app.now is an ISO 8601 time: {now}"
    );
    assert_eq!(home.keys(), ["app.now", "app.result_length"]);

    let select = trace.only("activities [client] SELECT activities");
    select
        .assert("db.system.name", "sqlite")
        .assert("db.operation.name", "SELECT")
        .assert("db.collection.name", "activities")
        .assert("db.query.summary", "SELECT activities")
        .assert("db.namespace", "activities.db")
        .assert_without("error.type");
    let text = select.attribute("db.query.text").and_then(|text| text.as_str()).unwrap();
    assert!(text.starts_with("SELECT") && !text.contains("andrewbrown"), "{text}");
}

fn assert_port(span: &Span, key: &str) {
    let port = span.attribute(key).and_then(testkit::Value::as_int);
    assert!(port.is_some_and(|port| (1..65_536).contains(&port)), "{key} of\n{}", span.describe());
}

#[tokio::test]
async fn the_waterfall_returns_the_same_trace() {
    let system = System::start().await;
    let response = system.get(HOME).await;
    let id = TraceResponse::parse(&traceresponse(&response)).trace_id;
    let start = std::time::Instant::now();
    let trace = loop {
        if let Some(trace) = system.stored_trace(&id).await.filter(|trace| trace.spans().len() == 11) {
            break trace;
        }
        assert!(
            start.elapsed() < testkit::DEADLINE,
            "the trace is incomplete: {:?}",
            system.stored_trace(&id).await
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    trace.assert_one_linked_trace().assert_tree(TREE);
    check_attributes(&trace);
}
