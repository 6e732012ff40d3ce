//! What a request to users looks like as spans.

use testkit::Sink;

use crate::fixture::{get, users};

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
