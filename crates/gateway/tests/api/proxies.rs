//! The proxy variables of a machine or a container: calls between services never go through a proxy.

use testkit::{MockResponse, MockServer};

use crate::fixture::TestApp;

#[tokio::test]
async fn calls_to_backends_ignore_the_proxy_of_the_machine() {
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        let proxy = MockServer::start(|_| MockResponse::status(502));
        let app = TestApp::with(|gateway| gateway.env(variable, proxy.url())).await;
        let feed = app.get("/api/activities/home").await;
        assert_eq!((feed.status, &feed.json["partial"]), (200, &serde_json::json!(false)), "{variable}");
        assert_eq!(app.get("/api/users/@worf/short").await.status, 200, "{variable}");
        assert!(proxy.requests().is_empty(), "{variable}");
    }
}
