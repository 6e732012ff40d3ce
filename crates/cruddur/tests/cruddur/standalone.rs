//! The waterfall alone, and the system behind tokens.

use tempfile::TempDir;
use testkit::wait_until;

use crate::system::{HOME, System, cruddur, traceresponse, up};

const READ: (&str, &str) = ("WATERFALL_READ_TOKEN", "read-0123456789abcdef");
const INGEST: (&str, &str) = ("WATERFALL_INGEST_TOKEN", "ingest-0123456789abcdef");
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn one_span() -> serde_json::Value {
    serde_json::json!({"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": TRACE, "spanId": "00f067aa0ba902b7", "name": "tick",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000001000000",
    }]}]}]})
}

#[tokio::test]
async fn the_waterfall_alone_takes_spans_shows_them_and_stops() {
    let mut alone = cruddur().arg("waterfall").arg("--random-ports").arg("--json").start().await;
    let client = reqwest::Client::new();
    let sent = client.post(format!("{}/v1/traces", alone.ready("otlp_http"))).json(&one_span()).send().await;
    assert_eq!(sent.unwrap().status(), 200);
    let page = client.get(format!("{}/trace/{TRACE}", alone.ready("http"))).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let trace = cruddur().env("WATERFALL_URL", alone.ready("http")).arg("trace").arg(TRACE).run().await;
    assert!(trace.output.contains("tick") && trace.output.contains("1 span, 1 service"), "{}", trace.log);
    let exit = alone.terminate().await;
    assert!(exit.status.success(), "{}", exit.log);
}

#[tokio::test]
async fn alone_it_keeps_traces_where_it_is_told_to_and_else_nowhere() {
    let directory = TempDir::new().unwrap();
    let start = || {
        let builder = cruddur().arg("waterfall").arg("--random-ports").arg("--json");
        builder.arg("--data").arg(directory.path().join("kept").display().to_string()).start()
    };
    let mut alone = start().await;
    let client = reqwest::Client::new();
    let sent = client.post(format!("{}/v1/traces", alone.ready("otlp_http"))).json(&one_span()).send().await;
    assert_eq!(sent.unwrap().status(), 200);
    alone.terminate().await;
    let alone = start().await;
    let url = format!("{}/api/v3/traces/{TRACE}", alone.ready("http"));
    let kept = || async { client.get(&url).send().await.unwrap().status() == 200 };
    let deadline = std::time::Instant::now() + testkit::DEADLINE;
    while !kept().await {
        assert!(std::time::Instant::now() < deadline, "the trace is not there again");
    }

    let mut elsewhere = cruddur().arg("waterfall").arg("--random-ports").arg("--json").start().await;
    let sent =
        client.post(format!("{}/v1/traces", elsewhere.ready("otlp_http"))).json(&one_span()).send().await;
    assert_eq!(sent.unwrap().status(), 200);
    elsewhere.terminate().await;
    assert_eq!(elsewhere.directory().read_dir().unwrap().count(), 0, "it leaves nothing behind");
}

#[tokio::test]
async fn the_system_works_behind_tokens_and_the_terminal_shows_its_own() {
    let system = System::of(up().env(READ.0, READ.1).env(INGEST.0, INGEST.1)).await;
    let waterfall = system.process.ready("waterfall").to_owned();
    let id = testkit::TraceResponse::parse(&traceresponse(&system.get(HOME).await)).trace_id;

    let refused = cruddur().env("WATERFALL_URL", &waterfall).arg("trace").arg(&id).run().await;
    assert!(!refused.status.success());
    assert!(
        refused.log.contains("set WATERFALL_READ_TOKEN to the one that it was started with"),
        "{}",
        refused.log
    );

    let drawn =
        cruddur().env("WATERFALL_URL", &waterfall).env(READ.0, READ.1).arg("trace").arg(&id).run().await;
    assert!(drawn.output.contains("11 spans, 3 services"), "{}{}", drawn.output, drawn.log);

    system.kill("users").await;
    let said = "OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20$WATERFALL_INGEST_TOKEN\"";
    wait_until(said, testkit::DEADLINE, || system.process.log().contains(said).then_some(())).await;
    for token in [READ.1, INGEST.1] {
        assert!(!system.process.log().contains(token), "{}", system.process.log());
    }
}
