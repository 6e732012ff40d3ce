//! Who the caller is once the gateway has a secret.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gateway::token::{Secret, mint};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use users_api::Handle;

use crate::fixture::{ACTIVITY, Answer, World, gateway, send};

const SECRET: &str = "a secret that is long enough: 0123456789";

async fn guarded() -> World {
    World::with(|gateway| gateway.env("GATEWAY_JWT_SECRET", SECRET)).await
}

fn of_worf() -> String {
    let secret = Secret::parse(SECRET).expect("it is long enough");
    mint(&secret, &Handle::parse("worf").expect("a handle"), Duration::from_mins(1))
        .expect("it can be signed")
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).expect("it can be signed")
}

async fn ask(world: &World, method: &str, path: &str, authorization: &str) -> Answer {
    let mut request = world.request(method, path);
    if method == "POST" {
        request = request.json(&json!({"message": "x", "ttl": "1-day", "display_name": "x"}));
    }
    if !authorization.is_empty() {
        request = request.header("Authorization", authorization);
    }
    send(request).await
}

/// Everything that changes something or belongs to somebody.
fn guarded_endpoints() -> [(&'static str, String); 5] {
    [
        ("POST", "/api/activities".to_owned()),
        ("POST", format!("/api/activities/{ACTIVITY}/reply")),
        ("POST", format!("/api/activities/{ACTIVITY}/like")),
        ("POST", "/api/profile/update".to_owned()),
        ("GET", "/api/activities/notifications".to_owned()),
    ]
}

#[tokio::test]
async fn a_token_says_who_the_caller_is() {
    let world = guarded().await;
    for (method, path) in guarded_endpoints() {
        for scheme in ["Bearer", "bearer"] {
            let answer = ask(&world, method, &path, &format!("{scheme} {}", of_worf())).await;
            assert!(answer.status < 300, "{method} {path}: {answer:?}");
        }
    }
    for request in world.activities.requests() {
        let said = request.path() == "/notifications/worf" || request.json()["handle"] == "worf";
        assert!(said, "{request:?}");
    }
    assert_eq!(world.users.requests()[0].path(), "/users/worf");
    let feed = ask(&world, "GET", "/api/activities/home", &format!("Bearer {}", of_worf())).await;
    assert_eq!(feed.json["viewer"]["handle"], "worf");
}

#[tokio::test]
async fn without_a_token_nothing_is_done_in_anybodys_name() {
    let world = guarded().await;
    for (method, path) in guarded_endpoints() {
        let answer = ask(&world, method, &path, "").await;
        assert_eq!((answer.status, answer.code()), (401, "token_missing"), "{method} {path}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="cruddur""#, "{method} {path}");
    }
    assert!(world.activities.requests().is_empty() && world.users.requests().is_empty());
}

#[tokio::test]
async fn without_a_token_the_feed_has_no_viewer_and_nothing_is_missing() {
    let world = guarded().await;
    let answer = world.get("/api/activities/home").await;
    assert_eq!((answer.status, &answer.json["viewer"]), (200, &Value::Null));
    assert_eq!(answer.json["partial"], false);
    assert!(world.users.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_cannot_be_believed_is_refused_whatever_it_is_for() {
    let world = guarded().await;
    let good = json!({"sub": "worf", "exp": 9_000_000_000_u64});
    let [header, claims, signature] =
        of_worf().split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let encode = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let none = encode(&json!({"alg": "none", "typ": "JWT"}));
    let andrew = encode(&json!({"sub": "andrewbrown", "exp": 9_000_000_000_u64}));
    for (why, authorization) in [
        (
            "another secret",
            format!("Bearer {}", signed(Algorithm::HS256, "another secret, as long as that", &good)),
        ),
        ("another algorithm", format!("Bearer {}", signed(Algorithm::HS384, SECRET, &good))),
        ("no algorithm", format!("Bearer {none}.{claims}.")),
        ("no algorithm, a signature", format!("Bearer {none}.{claims}.{signature}")),
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
        ("no scheme", of_worf()),
    ] {
        let reads = [
            ("GET", "/api/activities/home".to_owned()),
            ("GET", "/api/activities/search?term=x".to_owned()),
            ("GET", "/api/activities/@worf".to_owned()),
            ("GET", format!("/api/activities/{ACTIVITY}")),
            ("GET", "/api/users/@worf/short".to_owned()),
        ];
        for (method, path) in guarded_endpoints().into_iter().chain(reads) {
            let answer = ask(&world, method, &path, &authorization).await;
            assert_eq!((answer.status, answer.code()), (401, "token_invalid"), "{why}: {method} {path}");
            assert!(answer.header("www-authenticate").starts_with("Bearer realm="), "{why}: {answer:?}");
        }
    }
    assert!(world.activities.requests().is_empty() && world.users.requests().is_empty());
}

#[tokio::test]
async fn an_expired_token_is_told_so() {
    let world = guarded().await;
    let expired = signed(Algorithm::HS256, SECRET, &json!({"sub": "worf", "exp": 1}));
    let answer = ask(&world, "GET", "/api/activities/home", &format!("Bearer {expired}")).await;
    assert_eq!(answer.json["detail"], "the token has expired");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="cruddur", error="invalid_token""#);
}

#[tokio::test]
async fn a_short_secret_ends_the_start_and_is_not_shown() {
    let exit = gateway().env("GATEWAY_JWT_SECRET", "hunter2").run().await;
    assert!(!exit.status.success());
    assert!(exit.log.starts_with("gateway: GATEWAY_JWT_SECRET must be "), "{}", exit.log);
    assert!(exit.log.contains("at least 32 bytes") && !exit.log.contains("hunter2"), "{}", exit.log);
}

#[tokio::test]
async fn neither_the_secret_nor_a_token_reaches_the_log_or_a_service() {
    let mut world =
        World::with(|gateway| gateway.env("GATEWAY_JWT_SECRET", SECRET).env("RUST_LOG", "trace")).await;
    let token = of_worf();
    ask(&world, "GET", "/api/activities/home", &format!("Bearer {token}")).await;
    ask(&world, "GET", "/api/activities/home", "Bearer nonsense").await;
    for request in world.activities.requests().into_iter().chain(world.users.requests()) {
        assert_eq!(request.header("authorization"), None);
    }
    let log = world.gateway.terminate().await.log;
    assert!(!log.contains(SECRET) && !log.contains(&token), "{log}");
}
