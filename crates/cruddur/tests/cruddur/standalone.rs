//! `cruddur waterfall`, and the system with tokens.

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
async fn the_standalone_waterfall_receives_and_shows_spans_and_stops() {
    let mut waterfall = cruddur().arg("waterfall").arg("--random-ports").arg("--json").start().await;
    let client = reqwest::Client::new();
    let sent =
        client.post(format!("{}/v1/traces", waterfall.ready("otlp_http"))).json(&one_span()).send().await;
    assert_eq!(sent.unwrap().status(), 200);
    let page = client.get(format!("{}/trace/{TRACE}", waterfall.ready("http"))).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let trace = cruddur().env("WATERFALL_URL", waterfall.ready("http")).arg("trace").arg(TRACE).run().await;
    assert!(trace.output.contains("tick") && trace.output.contains("1 span, 1 service"), "{}", trace.log);
    let exit = waterfall.terminate().await;
    assert!(exit.status.success(), "{}", exit.log);
}

#[tokio::test]
async fn the_standalone_waterfall_stores_traces_only_with_a_data_directory() {
    let directory = TempDir::new().unwrap();
    let start = || {
        let builder = cruddur().arg("waterfall").arg("--random-ports").arg("--json");
        builder.arg("--data").arg(directory.path().join("traces").display().to_string()).start()
    };
    let mut waterfall = start().await;
    let client = reqwest::Client::new();
    let sent =
        client.post(format!("{}/v1/traces", waterfall.ready("otlp_http"))).json(&one_span()).send().await;
    assert_eq!(sent.unwrap().status(), 200);
    waterfall.terminate().await;
    let waterfall = start().await;
    let url = format!("{}/api/v3/traces/{TRACE}", waterfall.ready("http"));
    let is_stored = || async { client.get(&url).send().await.unwrap().status() == 200 };
    let deadline = std::time::Instant::now() + testkit::DEADLINE;
    while !is_stored().await {
        assert!(std::time::Instant::now() < deadline, "the trace was not loaded after the restart");
    }

    let mut in_memory = cruddur().arg("waterfall").arg("--random-ports").arg("--json").start().await;
    let sent =
        client.post(format!("{}/v1/traces", in_memory.ready("otlp_http"))).json(&one_span()).send().await;
    assert_eq!(sent.unwrap().status(), 200);
    in_memory.terminate().await;
    assert_eq!(in_memory.directory().read_dir().unwrap().count(), 0, "nothing is written without --data");
}

#[tokio::test]
async fn the_system_works_with_tokens_and_logs_none_of_them() {
    let system = System::of(up().env(READ.0, READ.1).env(INGEST.0, INGEST.1)).await;
    let waterfall = system.process.ready("waterfall").to_owned();
    let id = testkit::TraceResponse::parse(&traceresponse(&system.get(HOME).await)).trace_id;

    let refused = cruddur().env("WATERFALL_URL", &waterfall).arg("trace").arg(&id).run().await;
    assert!(!refused.status.success());
    assert!(
        refused.log.contains("set WATERFALL_READ_TOKEN to the value that it was started with"),
        "{}",
        refused.log
    );

    let drawn =
        cruddur().env("WATERFALL_URL", &waterfall).env(READ.0, READ.1).arg("trace").arg(&id).run().await;
    assert!(drawn.output.contains("11 spans, 3 services"), "{}{}", drawn.output, drawn.log);

    system.kill("users").await;
    let expected = "OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20${WATERFALL_INGEST_TOKEN:?}\"";
    wait_until(expected, testkit::DEADLINE, || system.process.log().contains(expected).then_some(())).await;
    for token in [READ.1, INGEST.1] {
        assert!(!system.process.log().contains(token), "{}", system.process.log());
    }
}
