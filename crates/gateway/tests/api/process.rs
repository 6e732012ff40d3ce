//! The gateway as a process: how it starts, says that it is well, and stops.

use testkit::{MockResponse, MockServer};

use crate::fixture::{World, gateway, send};

#[tokio::test]
async fn a_bad_variable_is_named() {
    for (variable, value) in [
        ("GATEWAY_ADDR", "nonsense"),
        ("ACTIVITIES_URL", "127.0.0.1:8081"),
        ("USERS_URL", "postgres://db/users"),
        ("ACTIVITIES_TIMEOUT_MS", "0"),
        ("USERS_TIMEOUT_MS", "soon"),
    ] {
        let exit = gateway().env(variable, value).run().await;
        assert!(!exit.status.success(), "{variable}");
        assert!(exit.log.starts_with(&format!("gateway: {variable} must be ")), "{}", exit.log);
        assert_eq!(exit.log.lines().count(), 1, "{}", exit.log);
    }
}

#[tokio::test]
async fn a_port_in_use_says_which_variable_to_change() {
    let first = gateway().start().await;
    let address = first.url().trim_start_matches("http://").to_owned();
    let exit = gateway().env("GATEWAY_ADDR", address.clone()).run().await;
    assert!(!exit.status.success());
    let expected =
        format!("gateway: cannot listen on {address} (GATEWAY_ADDR); set GATEWAY_ADDR to another host:port");
    assert!(exit.log.contains(&expected), "{}", exit.log);
}

#[tokio::test]
async fn it_is_alive_and_ready_without_the_services_behind_it() {
    let world = World::start().await;
    world.activities.down();
    world.users.down();
    for (path, status) in [("/health/live", 204), ("/health/ready", 200)] {
        let answer = world.request("GET", path).send().await.expect("the gateway answers");
        assert_eq!(answer.status(), status, "{path}");
        assert!(!answer.headers().contains_key("traceresponse"), "{path} is not traced");
    }
}

#[tokio::test]
async fn healthcheck_asks_the_one_that_runs() {
    let mut running = gateway().start().await;
    let address = running.url().trim_start_matches("http://").to_owned();
    let ask = || gateway().env("GATEWAY_ADDR", address.clone()).arg("healthcheck").run();
    assert!(ask().await.status.success());
    running.terminate().await;
    assert!(!ask().await.status.success());
}

#[tokio::test]
async fn a_base_url_keeps_its_path() {
    let inner = MockServer::start(|_| MockResponse::status(404));
    let world = World::with(|gateway| gateway.env("ACTIVITIES_URL", format!("{}/inner", inner.url()))).await;
    world.get("/api/activities/home").await;
    assert_eq!(inner.requests()[0].target, "/inner/activities/home");
}

#[tokio::test]
async fn sigterm_finishes_what_is_running() {
    use std::sync::mpsc;
    let mut world = World::start().await;
    let (asked, was_asked) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    world.activities.respond_with(move |request| {
        let _ = asked.send(());
        let _ = may_go_on.lock().map(|wait| wait.recv_timeout(testkit::DEADLINE));
        crate::fixture::activities(request)
    });
    let request = tokio::spawn(send(world.request("GET", "/api/activities/search?term=x")));
    tokio::task::spawn_blocking(move || was_asked.recv()).await.unwrap().expect("activities was asked");
    world.gateway.send_sigterm();
    go_on.send(()).expect("activities waits");
    assert_eq!(request.await.unwrap().status, 200);
    assert!(world.gateway.wait().await.status.success());
}
