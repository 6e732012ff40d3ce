//! The same requests to the service on tracing-opentelemetry and to the one that was moved to this crate. `../run.sh` builds both
//! first, and runs these tests.

mod service;
#[path = "../../../../../tests/telemetry/sink.rs"]
#[expect(dead_code, reason = "the crate's own tests use the rest")]
mod sink;
mod tree;

use service::{AFTER, BEFORE, Service, TRACE};

/// The service before has `trace_id` twice.
const KEYS_ARE_UNIQUE: bool = false;

/// What both versions export of a created note.
const SHARED: [&str; 4] =
    ["POST /notes [server]", "  save [internal]", "  GET [client]", "    GET /index/{id} [server]"];

#[actix_web::test]
async fn the_moved_service_has_the_same_trace_and_what_the_other_one_loses() {
    let before = Service::start(BEFORE, &[]);
    before.post("a note").await;
    let (spans, _) = before.stop();
    // The task that was spawned is another trace, and the statement is no span.
    assert_eq!(tree::of_trace(&spans, TRACE), SHARED);
    let others: Vec<_> = spans.iter().filter(|span| span.trace_id != TRACE).collect();
    assert_eq!(others.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["notify"]);

    let after = Service::start(AFTER, &[]);
    after.post("a note").await;
    let (spans, _) = after.stop();
    let tree = tree::of_trace(&spans, TRACE);
    assert_eq!(spans.iter().filter(|span| span.trace_id != TRACE).count(), 0, "one trace: {spans:#?}");
    let shared: Vec<_> = tree.iter().filter(|line| SHARED.contains(&line.as_str())).collect();
    assert_eq!(shared, SHARED);
    let added: Vec<_> = tree.iter().filter(|line| !SHARED.contains(&line.as_str())).collect();
    assert_eq!(added, ["    INSERT notes [client]", "  notify [internal]"]);
}

#[actix_web::test]
async fn a_filter_of_log_lines_breaks_the_trace_of_the_service_that_was_not_moved() {
    for (binary, expected) in [(BEFORE, 0), (AFTER, 6)] {
        let service = Service::start(binary, &[("RUST_LOG", "warn")]);
        service.post("a note").await;
        let (spans, printed) = service.stop();
        assert_eq!(spans.len(), expected, "{binary}: {spans:#?}");
        assert!(!printed.contains("saved"), "{printed}");
    }
}

#[actix_web::test]
async fn a_panic_is_an_error_of_the_moved_service_only() {
    for (binary, expected) in [(BEFORE, (0, false)), (AFTER, (2, true))] {
        let service = Service::start(binary, &[]);
        let status = service.get("/panics").await;
        let (spans, _) = service.stop();
        let server = spans.iter().find(|span| span.trace_id == TRACE).expect("a span");
        let has_exception = server.events.iter().any(|event| event.name == "exception");
        assert_eq!((server.status, has_exception), expected, "{binary}: {server:#?}");
        assert_eq!(status == Some(500), binary == AFTER, "{binary}: {status:?}");
    }
}

#[actix_web::test]
async fn lines_reports_and_recorded_errors_are_those_of_before() {
    for binary in [BEFORE, AFTER] {
        let service = Service::start(binary, &[]);
        service.post("a note").await;
        assert_eq!(service.get("/notes/7").await, Some(500), "{binary}");
        let (spans, printed) = service.stop();
        let lines = printed.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let saved = lines.into_iter().find(|line| line["fields"]["message"] == "saved").expect("a line");
        assert_eq!((&saved["level"], &saved["span"]["name"]), (&"INFO".into(), &"save".into()), "{saved}");
        assert_eq!((&saved["fields"]["note.id"], &saved["span"]["note.length"]), (&1.into(), &6.into()));
        let reports = printed.lines().filter(|line| line.starts_with("report:"));
        assert!(
            reports.clone().any(|line| line.contains("no rows") && line.contains("\"load\"")),
            "{printed}"
        );
        let load = spans.iter().find(|span| span.name == "load").expect("a span");
        assert_eq!(load.status, 2, "{load:#?}");
        let exception = load.event("exception");
        assert!(format!("{exception:?}").contains("no rows"), "{binary}: {exception:?}");
    }
}
