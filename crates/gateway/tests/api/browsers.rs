//! What pages of other sites can make a browser send: requests to a name of theirs, and forms.

use serde_json::json;

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, send};

#[tokio::test]
async fn request_for_another_host_is_a_421() {
    let app = TestApp::start().await;
    for path in ["/", "/openapi.json", "/api/activities/home", "/api/health-check", "/nowhere"] {
        let response = send(app.request("GET", path).header("Host", "evil.example")).await;
        assert_eq!((response.status, response.code()), (421, "misdirected_request"), "{path}");
        let response = send(app.request("GET", path).header("Host", "localhost:8080")).await;
        assert_ne!(response.status, 421, "{path}");
    }
    let post = app.request("POST", "/api/activities").header("Host", "evil.example");
    assert_eq!(send(post.json(&json!({"message": "x", "ttl": "1-day"}))).await.status, 421);
    assert!(app.activities.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn configured_hosts_are_served() {
    let app = TestApp::with(|gateway| gateway.env("GATEWAY_HOSTS", "feed.example, *.app.github.dev")).await;
    for (host, status) in
        [("feed.example", 200), ("name-8080.app.github.dev", 200), ("127.0.0.1", 200), ("evil.example", 421)]
    {
        let response = send(app.request("GET", "/api/activities/home").header("Host", host)).await;
        assert_eq!(response.status, status, "{host}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_write() {
    let app = TestApp::start().await;
    for path in [
        "/api/activities".to_owned(),
        format!("/api/activities/{SAMPLE_ACTIVITY}/reply"),
        format!("/api/activities/{SAMPLE_ACTIVITY}/like"),
        "/api/profile/update".to_owned(),
    ] {
        for (name, value) in
            [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example"), ("Origin", "null")]
        {
            let request = app.request("POST", &path).header(name, value);
            let response =
                send(request.json(&json!({"message": "x", "ttl": "1-day", "display_name": "x"}))).await;
            assert_eq!(
                (response.status, response.code()),
                (403, "cross_site_request"),
                "{path} {name}: {value}"
            );
        }
        // Of the same site.
        let request = app.request("POST", &path).header("Origin", app.gateway.url());
        let response =
            send(request.json(&json!({"message": "x", "ttl": "1-day", "display_name": "x"}))).await;
        assert!(response.status < 300, "{path}: {response:?}");
    }
    assert_eq!(app.activities.requests().len() + app.users.requests().len(), 4);
    let read = send(app.request("GET", "/api/activities/home").header("Sec-Fetch-Site", "cross-site")).await;
    assert_eq!(read.status, 200, "following a link is harmless");
}
