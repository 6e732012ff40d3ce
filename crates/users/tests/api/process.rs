//! Users as a process: how it starts, says that it is well, and stops.

use serde_json::json;

use crate::fixture::{get, post, request, send, users};

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill_and_a_restart() {
    let mut first = users().start().await;
    let created = post(&first, &json!({ "handle": "odo", "display_name": "Odo" })).await;
    assert_eq!(created.status, 201);
    first.kill().await;
    let second = users().in_directory_of(&first).start().await;
    assert_eq!(get(&second, "/users/odo").await.json, created.json);
}

#[tokio::test]
async fn it_is_alive_and_ready_and_neither_is_traced() {
    let users = users().start().await;
    let (live, ready) = (get(&users, "/health/live").await, get(&users, "/health/ready").await);
    assert_eq!((live.status, ready.status), (204, 200));
    assert_eq!((live.traceresponse, ready.traceresponse), (None, None));
}

#[tokio::test]
async fn healthcheck_asks_the_one_that_runs() {
    let mut running = users().start().await;
    let address = running.url().trim_start_matches("http://").to_owned();
    let ask = || users().env("USERS_ADDR", address.clone()).arg("healthcheck").run();
    assert!(ask().await.status.success());
    running.terminate().await;
    assert!(!ask().await.status.success());
}

#[tokio::test]
async fn sigterm_ends_it_well() {
    let mut users = users().start().await;
    let exit = users.terminate().await;
    assert!(exit.status.success(), "{exit:?}");
}

#[tokio::test]
async fn a_port_in_use_says_which_variable_to_change() {
    let first = users().start().await;
    let address = first.url().trim_start_matches("http://").to_owned();
    let exit = users().env("USERS_ADDR", address.clone()).run().await;
    assert!(!exit.status.success());
    let expected =
        format!("users: cannot listen on {address} (USERS_ADDR); set USERS_ADDR to another host:port");
    assert!(exit.log.contains(&expected), "{}", exit.log);
}

#[tokio::test]
async fn a_bad_variable_is_named_and_a_password_in_it_is_not_shown() {
    for (variable, value) in [("USERS_ADDR", "nonsense"), ("DATABASE_URL", "mysql://me:hunter2@db/users")] {
        let exit = users().env(variable, value).run().await;
        assert!(!exit.status.success());
        assert!(exit.log.starts_with(&format!("users: {variable} must be ")), "{}", exit.log);
        assert!(!exit.log.contains("hunter2"), "{}", exit.log);
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_ends_it_without_its_password() {
    let url = "postgres://me:hunter2@127.0.0.1:1/users";
    let exit = users().env("DATABASE_URL", url).run().await;
    assert!(!exit.status.success());
    assert!(exit.log.contains("cannot open the users database"), "{}", exit.log);
    assert!(!exit.log.contains("hunter2"), "{}", exit.log);
}

#[tokio::test]
async fn a_slow_sender_is_cut_off_and_others_are_served() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let users = users().start().await;
    let address = users.url().trim_start_matches("http://").to_owned();
    let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /users/worf HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    assert_eq!(send(request(&users, "GET", "/users/worf")).await.status, 200);
    let mut answer = Vec::new();
    let read = tokio::time::timeout(testkit::DEADLINE, slow.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the connection is still open");
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{:?}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_408() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let users = users().start().await;
    let address = users.url().trim_start_matches("http://").to_owned();
    let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
    let head =
        "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while !String::from_utf8_lossy(&answer).contains("body_too_slow") {
        let read =
            tokio::time::timeout(testkit::DEADLINE, slow.read(&mut chunk)).await.expect("an answer").unwrap();
        assert_ne!(read, 0, "{:?}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&chunk[..read]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{:?}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_target_that_is_too_long_is_a_414() {
    let users = users().start().await;
    let answer = get(&users, &format!("/users?handles={}", "(".repeat(30_000))).await;
    assert_eq!((answer.status, answer.code()), (414, "uri_too_long"));
    assert!(answer.traceresponse.is_some());
}
