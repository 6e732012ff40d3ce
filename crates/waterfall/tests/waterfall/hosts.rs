//! Requests to a name that an attacker points at this machine (DNS rebinding) reach neither the page nor its API.

use crate::process::{Waterfall, fails};

/// The page, its API, its stream, its import, its tools, health.
const PATHS: [&str; 8] = [
    "/",
    "/api/ui/traces",
    "/api/ui/stream",
    "/api/traces?service=shop",
    "/api/ui/import",
    "/mcp",
    "/health/ready",
    "/nowhere",
];

async fn status(waterfall: &Waterfall, path: &str, host: &str) -> u16 {
    let request = waterfall.client.get(format!("{}{path}", waterfall.ready.http)).header("host", host);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_request_for_another_host_is_a_421() {
    let waterfall = Waterfall::start();
    for path in PATHS {
        for host in ["evil.example", "evil.example:16686", "127.0.0.1.evil.example"] {
            assert_eq!(status(&waterfall, path, host).await, 421, "{path} at {host}");
        }
        for host in ["localhost:16686", "127.0.0.1", "[::1]:16686", "waterfall:16686"] {
            assert_ne!(status(&waterfall, path, host).await, 421, "{path} at {host}");
        }
    }
    let import = waterfall.client.post(format!("{}/api/ui/import", waterfall.ready.http));
    let refused = import.header("host", "evil.example").body("{}").send().await.unwrap();
    assert_eq!(refused.status(), 421);
    let message = refused.text().await.unwrap();
    assert!(message.contains("WATERFALL_HOSTS"), "{message}");
}

#[tokio::test]
async fn configured_hosts_are_served() {
    let waterfall = Waterfall::with(&[("WATERFALL_HOSTS", "traces.example, *.app.github.dev")]);
    for (host, expected) in [
        ("traces.example", 200),
        ("name-16686.app.github.dev", 200),
        ("127.0.0.1", 200),
        ("evil.example", 421),
    ] {
        assert_eq!(status(&waterfall, "/api/ui/status", host).await, expected, "{host}");
    }
    let (exit, log) = fails(&[("WATERFALL_HOSTS", "https://traces.example")]);
    assert_eq!(exit.code(), Some(1));
    assert!(
        log.lines().last().unwrap().starts_with("waterfall: WATERFALL_HOSTS must be host names"),
        "{log}"
    );
}
