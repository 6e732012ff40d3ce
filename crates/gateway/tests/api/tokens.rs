//! Authentication by bearer tokens.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gateway::token::{Secret, mint};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use testkit::Response;
use users_api::Handle;

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, gateway, send};

const SECRET: &str = "a secret that is long enough: 0123456789";

async fn app_with_secret() -> TestApp {
    TestApp::with(|gateway| gateway.env("GATEWAY_JWT_SECRET", SECRET)).await
}

fn token_of_worf() -> String {
    let secret = Secret::parse(SECRET).expect("a valid secret");
    mint(&secret, &Handle::parse("worf").expect("a valid handle"), Duration::from_mins(1))
        .expect("the token can be signed")
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).expect("the token can be signed")
}

async fn send_authorized(app: &TestApp, method: &str, path: &str, authorization: &str) -> Response {
    let mut request = app.request(method, path);
    if method == "POST" {
        request = request.json(&json!({"message": "x", "ttl": "1-day", "display_name": "x"}));
    }
    if !authorization.is_empty() {
        request = request.header("Authorization", authorization);
    }
    send(request).await
}

/// The endpoints that require authentication.
fn authenticated_endpoints() -> [(&'static str, String); 5] {
    [
        ("POST", "/api/activities".to_owned()),
        ("POST", format!("/api/activities/{SAMPLE_ACTIVITY}/reply")),
        ("POST", format!("/api/activities/{SAMPLE_ACTIVITY}/like")),
        ("POST", "/api/profile/update".to_owned()),
        ("GET", "/api/activities/notifications".to_owned()),
    ]
}

#[tokio::test]
async fn token_identifies_the_caller() {
    let app = app_with_secret().await;
    for (method, path) in authenticated_endpoints() {
        for scheme in ["Bearer", "bearer"] {
            let response =
                send_authorized(&app, method, &path, &format!("{scheme} {}", token_of_worf())).await;
            assert!(response.status < 300, "{method} {path}: {response:?}");
        }
    }
    for request in app.activities.requests() {
        let is_from_worf = request.path() == "/notifications/worf" || request.json()["handle"] == "worf";
        assert!(is_from_worf, "{request:?}");
    }
    assert_eq!(app.users.requests()[0].path(), "/users/worf");
    let feed =
        send_authorized(&app, "GET", "/api/activities/home", &format!("Bearer {}", token_of_worf())).await;
    assert_eq!(feed.json["viewer"]["handle"], "worf");
}

#[tokio::test]
async fn missing_token_is_rejected_where_authentication_is_required() {
    let app = app_with_secret().await;
    for (method, path) in authenticated_endpoints() {
        let response = send_authorized(&app, method, &path, "").await;
        assert_eq!((response.status, response.code()), (401, "token_missing"), "{method} {path}");
        assert_eq!(response.header("www-authenticate"), r#"Bearer realm="cruddur""#, "{method} {path}");
    }
    assert!(app.activities.requests().is_empty() && app.users.requests().is_empty());
}

#[tokio::test]
async fn anonymous_feed_has_no_viewer_and_is_not_partial() {
    let app = app_with_secret().await;
    let response = app.get("/api/activities/home").await;
    assert_eq!((response.status, &response.json["viewer"]), (200, &Value::Null));
    assert_eq!(response.json["partial"], false);
    assert!(app.users.requests().is_empty());
}

#[tokio::test]
async fn invalid_token_is_rejected_by_every_endpoint() {
    let app = app_with_secret().await;
    let good = json!({"sub": "worf", "exp": 9_000_000_000_u64});
    let [header, claims, signature] =
        token_of_worf().split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let encode = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let none = encode(&json!({"alg": "none", "typ": "JWT"}));
    let andrew = encode(&json!({"sub": "andrewbrown", "exp": 9_000_000_000_u64}));
    for (case, authorization) in [
        (
            "another secret",
            format!("Bearer {}", signed(Algorithm::HS256, "another secret, as long as that", &good)),
        ),
        ("another algorithm", format!("Bearer {}", signed(Algorithm::HS384, SECRET, &good))),
        ("no algorithm", format!("Bearer {none}.{claims}.")),
        ("no algorithm, but a signature", format!("Bearer {none}.{claims}.{signature}")),
        ("other claims", format!("Bearer {header}.{andrew}.{signature}")),
        ("no signature", format!("Bearer {header}.{claims}.")),
        (
            "expired",
            format!("Bearer {}", signed(Algorithm::HS256, SECRET, &json!({"sub": "worf", "exp": 1}))),
        ),
        ("no exp", format!("Bearer {}", signed(Algorithm::HS256, SECRET, &json!({"sub": "worf"})))),
        ("no sub", format!("Bearer {}", signed(Algorithm::HS256, SECRET, &json!({"exp": 9e9})))),
        (
            "a sub that is no handle",
            format!("Bearer {}", signed(Algorithm::HS256, SECRET, &json!({"sub": "../worf", "exp": 9e9}))),
        ),
        ("nonsense", "Bearer nonsense".to_owned()),
        ("nothing", "Bearer ".to_owned()),
        ("another scheme", "Basic d29yZjp3b3Jm".to_owned()),
        ("no scheme", token_of_worf()),
    ] {
        let reads = [
            ("GET", "/api/activities/home".to_owned()),
            ("GET", "/api/activities/search?term=x".to_owned()),
            ("GET", "/api/activities/@worf".to_owned()),
            ("GET", format!("/api/activities/{SAMPLE_ACTIVITY}")),
            ("GET", "/api/users/@worf/short".to_owned()),
        ];
        for (method, path) in authenticated_endpoints().into_iter().chain(reads) {
            let response = send_authorized(&app, method, &path, &authorization).await;
            assert_eq!((response.status, response.code()), (401, "token_invalid"), "{case}: {method} {path}");
            assert!(response.header("www-authenticate").starts_with("Bearer realm="), "{case}: {response:?}");
        }
    }
    assert!(app.activities.requests().is_empty() && app.users.requests().is_empty());
}

#[tokio::test]
async fn expired_token_error_says_so() {
    let app = app_with_secret().await;
    let expired = signed(Algorithm::HS256, SECRET, &json!({"sub": "worf", "exp": 1}));
    let response = send_authorized(&app, "GET", "/api/activities/home", &format!("Bearer {expired}")).await;
    assert_eq!(response.json["detail"], "the token has expired");
    assert_eq!(response.header("www-authenticate"), r#"Bearer realm="cruddur", error="invalid_token""#);
}

#[tokio::test]
async fn short_secret_fails_the_start_and_is_not_printed() {
    let exit = gateway().env("GATEWAY_JWT_SECRET", "hunter2").run().await;
    assert!(!exit.status.success());
    assert!(exit.log.starts_with("gateway: GATEWAY_JWT_SECRET must be "), "{}", exit.log);
    assert!(exit.log.contains("at least 32 bytes") && !exit.log.contains("hunter2"), "{}", exit.log);
}

#[tokio::test]
async fn neither_secret_nor_token_reaches_the_log_or_a_backend() {
    let mut app =
        TestApp::with(|gateway| gateway.env("GATEWAY_JWT_SECRET", SECRET).env("RUST_LOG", "trace")).await;
    let token = token_of_worf();
    send_authorized(&app, "GET", "/api/activities/home", &format!("Bearer {token}")).await;
    send_authorized(&app, "GET", "/api/activities/home", "Bearer nonsense").await;
    for request in app.activities.requests().into_iter().chain(app.users.requests()) {
        assert_eq!(request.header("authorization"), None);
    }
    let log = app.gateway.terminate().await.log;
    assert!(!log.contains(SECRET) && !log.contains(&token), "{log}");
}
