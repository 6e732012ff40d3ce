//! Spans of requests to users.

use testkit::{Sink, send};

use crate::fixture::{get, request, users};

#[tokio::test]
async fn many_handles_are_read_by_one_statement() {
    let sink = Sink::start();
    let users = users().exporting_to(&sink).start().await;
    let response = get(&users, "/users?handles=worf,londo,garek").await;
    let trace = sink.trace_of(response.traceresponse().expect("every response has a traceresponse")).await;
    trace.assert_tree(
        "users [server] GET /users
           users [client] SELECT users",
    );
    let statement = trace.only("users [client] SELECT users");
    statement
        .assert("db.system.name", "sqlite")
        .assert("db.namespace", "users.db")
        .assert("db.operation.name", "SELECT")
        .assert("db.collection.name", "users")
        .assert("db.query.summary", "SELECT users");
    assert!(
        !format!("{:?}", statement.attribute("db.query.text")).contains("worf"),
        "the query text contains no values"
    );
}

#[tokio::test]
async fn traceresponse_is_omitted_if_the_request_has_traceparent() {
    let users = users().start().await;
    assert!(get(&users, "/users/worf").await.traceresponse().is_some());
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let response = send(request(&users, "GET", "/users/worf").header("traceparent", traceparent)).await;
    assert_eq!((response.status, response.traceresponse()), (200, None));
}
