//! `request`, `trace`, `token` and `part`, as they are typed.

use serde_json::Value;
use testkit::{ProcessBuilder, Trace, TraceResponse};

use crate::system::{HOME, System, cruddur, traceresponse};

fn request(system: &System) -> ProcessBuilder {
    let (gateway, waterfall) = (system.gateway().to_owned(), system.process.ready("waterfall").to_owned());
    cruddur().env("GATEWAY_URL", gateway).env("WATERFALL_URL", waterfall)
}

#[tokio::test]
async fn a_request_is_sent_and_its_trace_is_drawn() {
    let system = System::start().await;
    let exit = request(&system).arg("request").arg(HOME).run().await;
    assert!(exit.status.success(), "{}", exit.log);
    let drawn = &exit.output;
    for part in [
        "GET /api/activities/home 200",
        "├─ ",
        "└─ ",
        "home-activities",
        "SELECT users",
        "█",
        "11 spans, 3 services",
        "/trace/",
    ] {
        assert!(drawn.contains(part), "{part} in\n{drawn}");
    }
    assert!(!drawn.contains('\u{1b}'), "no colours into a pipe:\n{drawn}");
    assert!(
        drawn.lines().filter(|line| line.contains('█')).all(|line| line.chars().count() <= 100),
        "{drawn}"
    );
    assert!(exit.log.starts_with("GET /api/activities/home 200 OK"), "{}", exit.log);
}

#[tokio::test]
async fn the_spans_can_be_had_as_otlp_json() {
    let system = System::start().await;
    let exit = request(&system).arg("request").arg("/api/users/@worf/short").arg("--json").run().await;
    let json: Value =
        serde_json::from_str(&exit.output).unwrap_or_else(|error| panic!("{error}: {}", exit.log));
    Trace::from_otlp_json(&json).assert_one_linked_trace().assert_tree(
        "gateway [server] GET /api/users/@{handle}/short
           gateway [client] GET
             users [server] GET /users/{handle}
               users [client] SELECT users",
    );
}

#[tokio::test]
async fn a_callers_own_traceparent_does_not_keep_a_trace_from_being_complete() {
    let system = System::start().await;
    let header = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let exit = request(&system).arg("request").arg(HOME).arg("--header").arg(header).run().await;
    assert!(exit.status.success() && !exit.log.contains("not complete"), "{}", exit.log);
    assert!(exit.output.contains("/trace/4bf92f3577b34da6a3ce929d0e0e4736"), "{}", exit.output);
}

#[tokio::test]
async fn an_error_shows_what_it_says_and_is_drawn_all_the_same() {
    let system = System::start().await;
    let exit = request(&system).arg("request").arg("/api/activities").arg("--data").arg("{}").run().await;
    assert!(
        exit.log.contains("POST /api/activities 422") && exit.log.contains("message_blank"),
        "{}",
        exit.log
    );
    assert!(exit.output.contains("POST /api/activities 422"), "{}", exit.output);
}

#[tokio::test]
async fn a_trace_that_is_there_is_drawn() {
    let system = System::start().await;
    let answer = system.get(HOME).await;
    let id = TraceResponse::parse(&traceresponse(&answer)).trace_id;
    let exit = request(&system).arg("trace").arg(&id).run().await;
    assert!(exit.output.contains("11 spans, 3 services"), "{}\n{}", exit.output, exit.log);
    let unknown = "1".repeat(32);
    let exit = request(&system).arg("trace").arg(&unknown).arg("--wait").arg("0").run().await;
    assert_eq!(exit.status.code(), Some(1));
    assert!(exit.log.contains("has nothing of trace 1111"), "{}", exit.log);
}

#[tokio::test]
async fn where_nothing_listens_it_says_how_to_start_it() {
    let nowhere = "http://127.0.0.1:1";
    let exit = cruddur().arg("request").arg(HOME).arg("--gateway").arg(nowhere).run().await;
    assert_eq!(exit.status.code(), Some(1));
    assert!(exit.log.contains("nothing listens at http://127.0.0.1:1; start it with"), "{}", exit.log);
    let exit = cruddur().arg("trace").arg("1".repeat(32)).arg("--waterfall").arg(nowhere).run().await;
    assert!(exit.log.contains("no waterfall listens at http://127.0.0.1:1"), "{}", exit.log);
}

#[tokio::test]
async fn with_a_secret_only_a_token_lets_post() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let system = System::of(crate::system::up().env("GATEWAY_JWT_SECRET", SECRET)).await;
    let body = r#"{"message":"Hello","ttl":"1-day"}"#;
    let post = || request(&system).arg("request").arg("/api/activities").arg("--data").arg(body);
    let exit = post().run().await;
    assert!(exit.log.contains("401"), "{}", exit.log);
    let token = cruddur().env("GATEWAY_JWT_SECRET", SECRET).arg("token").arg("worf").run().await.output;
    let exit = post().arg("--header").arg(format!("authorization: Bearer {token}")).run().await;
    assert!(exit.log.contains("201"), "{}", exit.log);
}

#[tokio::test]
async fn a_token_needs_the_secret() {
    let exit = cruddur().arg("token").arg("worf").run().await;
    assert_eq!(exit.status.code(), Some(1));
    assert!(exit.log.contains("GATEWAY_JWT_SECRET"), "{}", exit.log);
}

#[tokio::test]
async fn a_part_tells_whether_it_is_healthy() {
    let system = System::start().await;
    for part in ["gateway", "activities", "users", "waterfall"] {
        let address = system.process.ready(part).trim_start_matches("http://").to_owned();
        let variable = format!("{}_ADDR", part.to_uppercase());
        let ask = |address: &str| cruddur().arg("part").arg(part).arg("healthcheck").env(&variable, address);
        let exit = ask(&address).run().await;
        assert!(exit.status.success(), "{part}: {}", exit.log);
        assert_eq!(ask("127.0.0.1:1").run().await.status.code(), Some(1), "{part}");
    }
}

#[tokio::test]
async fn seeding_is_repeatable_and_seen_in_the_feed() {
    let builder = crate::system::up().arg("--data").arg("data");
    let directory = builder.directory().to_owned();
    let seed = || {
        let data = directory.join("data").display().to_string();
        cruddur().arg("seed").arg("--users").arg("30").arg("--activities").arg("50").arg("--data").arg(data)
    };
    for _ in 0..2 {
        let exit = seed().run().await;
        assert!(exit.status.success(), "{}", exit.log);
    }
    let system = System::of(builder).await;
    let feed: Value = system.get("/api/activities/home?limit=100").await.json().await.unwrap();
    let activities = feed["activities"].as_array().unwrap();
    assert_eq!(activities.len(), 53, "three of the sample, and each generated one once");
    assert!(activities.iter().all(|activity| activity["display_name"].is_string()), "{feed}");
}
