//! The gateway process: start, health, command line, shutdown, configuration errors.

use testkit::{MockResponse, MockServer};

use crate::fixture::{TestApp, gateway, send};

#[tokio::test]
async fn invalid_variable_error_names_it() {
    for (variable, value) in [
        ("GATEWAY_ADDR", "nonsense"),
        ("ACTIVITIES_URL", "127.0.0.1:8081"),
        ("USERS_URL", "postgres://db/users"),
        ("ACTIVITIES_TIMEOUT_MS", "0"),
        ("USERS_TIMEOUT_MS", "soon"),
        ("GATEWAY_HOSTS", "https://feed.example"),
    ] {
        let exit = gateway().env(variable, value).run().await;
        assert!(!exit.status.success(), "{variable}");
        assert!(exit.log.starts_with(&format!("gateway: {variable} must be ")), "{}", exit.log);
        assert_eq!(exit.log.lines().count(), 1, "{}", exit.log);
    }
}

#[tokio::test]
async fn secrets_of_a_base_url_are_not_printed() {
    for url in ["http://me:SECRET@x/?a=1", "http://127.0.0.1:8081/?token=SECRET", "ftp://x/?token=SECRET"] {
        let exit = gateway().env("ACTIVITIES_URL", url).run().await;
        assert!(!exit.status.success() && exit.log.contains("ACTIVITIES_URL"), "{url}: {}", exit.log);
        assert!(!exit.log.contains("SECRET"), "{}", exit.log);
    }
}

#[tokio::test]
async fn port_in_use_error_names_the_variable() {
    let first = gateway().start().await;
    let address = first.url().trim_start_matches("http://").to_owned();
    let exit = gateway().env("GATEWAY_ADDR", address.clone()).run().await;
    assert!(!exit.status.success());
    let expected =
        format!("gateway: cannot listen on {address} (GATEWAY_ADDR); set GATEWAY_ADDR to another host:port");
    assert!(exit.log.contains(&expected), "{}", exit.log);
}

#[tokio::test]
async fn gateway_is_ready_while_its_backends_are_down() {
    let app = TestApp::start().await;
    app.activities.down();
    app.users.down();
    for (path, status) in [("/health/live", 204), ("/health/ready", 200)] {
        let response = app.request("GET", path).send().await.expect("the gateway answers");
        assert_eq!(response.status(), status, "{path}");
        assert!(!response.headers().contains_key("traceresponse"), "{path} is not traced");
    }
}

#[tokio::test]
async fn healthcheck_reports_whether_the_service_runs() {
    let mut running = gateway().start().await;
    let address = running.url().trim_start_matches("http://").to_owned();
    let healthcheck = || gateway().env("GATEWAY_ADDR", address.clone()).arg("healthcheck").run();
    assert!(healthcheck().await.status.success());
    running.terminate().await;
    assert!(!healthcheck().await.status.success());
}

#[tokio::test]
async fn base_url_keeps_its_path() {
    let inner = MockServer::start(|_| MockResponse::status(404));
    let app = TestApp::with(|gateway| gateway.env("ACTIVITIES_URL", format!("{}/inner", inner.url()))).await;
    app.get("/api/activities/home").await;
    assert_eq!(inner.requests()[0].target, "/inner/activities/home");
}

#[tokio::test]
async fn sigterm_finishes_requests_in_flight() {
    use std::sync::mpsc;
    let mut app = TestApp::start().await;
    let (requested, request_received) = mpsc::channel();
    let (respond, may_respond) = mpsc::channel::<()>();
    let may_respond = std::sync::Mutex::new(may_respond);
    app.activities.respond_with(move |request| {
        let _ = requested.send(());
        let _ = may_respond.lock().map(|wait| wait.recv_timeout(testkit::DEADLINE));
        crate::fixture::activities(request)
    });
    let request = tokio::spawn(send(app.request("GET", "/api/activities/search?term=x")));
    tokio::task::spawn_blocking(move || request_received.recv())
        .await
        .unwrap()
        .expect("activities received the request");
    app.gateway.send_sigterm();
    respond.send(()).expect("activities waits for it");
    assert_eq!(request.await.unwrap().status, 200);
    assert!(app.gateway.wait().await.status.success());
}

#[tokio::test]
async fn arguments_are_parsed() {
    let variables = ["GATEWAY_ADDR=localhost:8080", "ACTIVITIES_TIMEOUT_MS=850", "GATEWAY_JWT_SECRET"];
    testkit::assert_parses_arguments("gateway", gateway, &variables).await;
}

#[tokio::test]
async fn zeros_and_giants_in_variables_work_or_are_refused() {
    testkit::assert_survives_numbers(gateway).await;
}

#[tokio::test]
async fn misspelt_variables_are_logged_with_those_that_were_meant() {
    let app = TestApp::with(|gateway| {
        gateway.env("ROLLBAR_ACESS_TOKEN", "S3CRET0123").env("GATEWAY_JWT_SECRETS", "S3CRET4567")
    });
    let app = app.await;
    let log = app.gateway.log();
    assert!(log.contains("ROLLBAR_ACESS_TOKEN is not known: did you mean ROLLBAR_ACCESS_TOKEN?"), "{log}");
    assert!(log.contains("GATEWAY_JWT_SECRETS is not known: did you mean GATEWAY_JWT_SECRET?"), "{log}");
    assert!(!log.contains("S3CRET"), "{log}");
}
