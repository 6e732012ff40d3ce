//! What a request to users looks like as spans.

use testkit::Sink;

use crate::fixture::{get, request, send, users};

#[tokio::test]
async fn many_handles_are_one_statement() {
    let sink = Sink::start();
    let users = users().exporting_to(&sink).start().await;
    let answer = get(&users, "/users?handles=worf,londo,garek").await;
    let trace = sink.trace_of(&answer.traceresponse.expect("every answer says its trace")).await;
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
        "values stay out of the text"
    );
}

#[tokio::test]
async fn who_knows_the_trace_is_not_told_it() {
    let users = users().start().await;
    assert!(get(&users, "/users/worf").await.traceresponse.is_some());
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = send(request(&users, "GET", "/users/worf").header("traceparent", traceparent)).await;
    assert_eq!((answer.status, answer.traceresponse), (200, None));
}
