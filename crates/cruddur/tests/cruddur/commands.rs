//! The commands `request`, `trace`, `token`, `part` and `seed`.

use serde_json::Value;
use testkit::{ProcessBuilder, Trace, TraceResponse};

use crate::system::{HOME, System, cruddur, traceresponse};

/// A `cruddur` that knows the addresses of the system.
fn client_of(system: &System) -> ProcessBuilder {
    let (gateway, waterfall) = (system.gateway().to_owned(), system.process.ready("waterfall").to_owned());
    cruddur().env("GATEWAY_URL", gateway).env("WATERFALL_URL", waterfall)
}

#[tokio::test]
async fn request_sends_a_request_and_draws_its_trace() {
    let system = System::start().await;
    let exit = client_of(&system).arg("request").arg(HOME).run().await;
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
    assert!(!drawn.contains('\u{1b}'), "a pipe gets no colours:\n{drawn}");
    assert!(
        drawn.lines().filter(|line| line.contains('█')).all(|line| line.chars().count() <= 100),
        "{drawn}"
    );
    assert!(exit.log.starts_with("GET /api/activities/home 200 OK"), "{}", exit.log);
}

#[tokio::test]
async fn request_prints_the_spans_as_otlp_json_with_the_json_flag() {
    let system = System::start().await;
    let exit = client_of(&system).arg("request").arg("/api/users/@worf/short").arg("--json").run().await;
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
async fn a_trace_with_a_remote_parent_counts_as_complete() {
    let system = System::start().await;
    let header = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let exit = client_of(&system).arg("request").arg(HOME).arg("--header").arg(header).run().await;
    assert!(exit.status.success() && !exit.log.contains("incomplete"), "{}", exit.log);
    assert!(exit.output.contains("/trace/4bf92f3577b34da6a3ce929d0e0e4736"), "{}", exit.output);
}

#[tokio::test]
async fn an_error_response_is_printed_and_its_trace_is_drawn() {
    let system = System::start().await;
    let exit = client_of(&system).arg("request").arg("/api/activities").arg("--data").arg("{}").run().await;
    assert!(
        exit.log.contains("POST /api/activities 422") && exit.log.contains("message_blank"),
        "{}",
        exit.log
    );
    assert!(exit.output.contains("POST /api/activities 422"), "{}", exit.output);
}

#[tokio::test]
async fn trace_draws_a_known_trace_and_fails_for_an_unknown_one() {
    let system = System::start().await;
    let response = system.get(HOME).await;
    let id = TraceResponse::parse(&traceresponse(&response)).trace_id;
    let exit = client_of(&system).arg("trace").arg(&id).run().await;
    assert!(exit.output.contains("11 spans, 3 services"), "{}\n{}", exit.output, exit.log);
    let unknown = "1".repeat(32);
    let exit = client_of(&system).arg("trace").arg(&unknown).arg("--wait").arg("0").run().await;
    assert_eq!(exit.status.code(), Some(1));
    assert!(exit.log.contains("has no span of trace 1111"), "{}", exit.log);
}

#[tokio::test]
async fn a_refused_connection_says_how_to_start_the_system() {
    let nowhere = "http://127.0.0.1:1";
    let exit = cruddur().arg("request").arg(HOME).arg("--gateway").arg(nowhere).run().await;
    assert_eq!(exit.status.code(), Some(1));
    assert!(
        exit.log.contains("nothing listens at http://127.0.0.1:1; start the system with"),
        "{}",
        exit.log
    );
    let exit = cruddur().arg("trace").arg("1".repeat(32)).arg("--waterfall").arg(nowhere).run().await;
    assert!(exit.log.contains("no waterfall listens at http://127.0.0.1:1"), "{}", exit.log);
}

#[tokio::test]
async fn a_key_in_place_of_a_url_is_not_repeated() {
    for (variable, arguments) in
        [("GATEWAY_URL", ["request", HOME]), ("WATERFALL_URL", ["trace", "4bf92f3577b34da6a3ce929d0e0e4736"])]
    {
        let exit = arguments
            .iter()
            .fold(cruddur().env(variable, "hcaik_S3CRET"), |it, one| it.arg(*one))
            .run()
            .await;
        assert!(exit.log.contains(&format!("({variable}) must be a URL")), "{}", exit.log);
        assert!(!exit.log.contains("S3CRET"), "{}", exit.log);
    }
}

#[tokio::test]
async fn with_a_secret_posting_requires_a_token() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let system = System::of(crate::system::up().env("GATEWAY_JWT_SECRET", SECRET)).await;
    let body = r#"{"message":"Hello","ttl":"1-day"}"#;
    let post = || client_of(&system).arg("request").arg("/api/activities").arg("--data").arg(body);
    let exit = post().run().await;
    assert!(exit.log.contains("401"), "{}", exit.log);
    let token = cruddur().env("GATEWAY_JWT_SECRET", SECRET).arg("token").arg("worf").run().await.output;
    let exit = post().arg("--header").arg(format!("authorization: Bearer {token}")).run().await;
    assert!(exit.log.contains("201"), "{}", exit.log);
}

#[tokio::test]
async fn token_fails_without_the_secret() {
    let exit = cruddur().arg("token").arg("worf").run().await;
    assert_eq!(exit.status.code(), Some(1));
    assert!(exit.log.contains("GATEWAY_JWT_SECRET"), "{}", exit.log);
}

#[tokio::test]
async fn healthcheck_reports_whether_a_part_is_ready() {
    let system = System::start().await;
    for part in ["gateway", "activities", "users", "waterfall"] {
        let address = system.process.ready(part).trim_start_matches("http://").to_owned();
        let variable = format!("{}_ADDR", part.to_uppercase());
        let healthcheck =
            |address: &str| cruddur().arg("part").arg(part).arg("healthcheck").env(&variable, address);
        let exit = healthcheck(&address).run().await;
        assert!(exit.status.success(), "{part}: {}", exit.log);
        assert_eq!(healthcheck("127.0.0.1:1").run().await.status.code(), Some(1), "{part}");
    }
}

#[tokio::test]
async fn seeding_twice_adds_each_generated_activity_once() {
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
    assert_eq!(activities.len(), 53, "three sample activities, and each generated one once");
    assert!(activities.iter().all(|activity| activity["display_name"].is_string()), "{feed}");
}

#[tokio::test]
async fn a_part_parses_its_own_arguments() {
    for part in ["gateway", "activities", "users", "waterfall"] {
        let part_with = |argument: &str| cruddur().arg("part").arg(part).arg(argument).run();
        let help = part_with("--help").await;
        assert!(help.status.success(), "{help:?}");
        assert!(help.output.contains(&format!("{}_ADDR=localhost:", part.to_uppercase())), "{}", help.output);
        let version = part_with("--version").await;
        assert!(version.status.success() && version.output.contains(part), "{version:?}");
        let unknown = part_with("--port").await;
        assert_eq!((unknown.status.code(), unknown.output.as_str()), (Some(2), ""), "{unknown:?}");
        assert!(unknown.log.contains("'--port'") && unknown.log.contains("'--help'"), "{}", unknown.log);
    }
}
