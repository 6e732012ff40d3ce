//! The layer beside other layers, each combination in a process of its own (`examples/neighbours`).

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::sink::{Sink, Span, event_text};

/// Runs a combination of layers. Returns the exported spans, and standard output and error.
fn run(combination: &str) -> (Vec<Span>, String, String) {
    run_with(&Sink::start(), combination, &[])
}

/// [`run`], with this sink and these variables.
fn run_with(sink: &Sink, combination: &str, variables: &[(&str, &str)]) -> (Vec<Span>, String, String) {
    run_example("neighbours", sink, &[combination], variables)
}

/// Runs an example. Returns the exported spans, and standard output and error.
fn run_example(
    name: &str,
    sink: &Sink,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (Vec<Span>, String, String) {
    let mut command = Command::new(example(name));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name == "RUST_LOG") {
        command.env_remove(name);
    }
    let output = command
        .args(arguments)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url)
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .env_remove("TELEMETRY_FILTER")
        .envs(variables.iter().copied())
        // It must not affect the layer.
        .env("RUST_LOG", "off")
        .env("NO_COLOR", "1")
        .output()
        .expect("the example runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (printed, errors) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{arguments:?}: {printed} {errors}");
    (sink.all(), printed, errors)
}

/// Path of an example. Cargo builds examples before it runs tests, into a sibling directory.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let target = test.parent().and_then(|deps| deps.parent()).expect("a target directory");
    target.join("examples").join(name)
}

/// The only span with this name.
#[track_caller]
fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {spans:#?}");
    found[0]
}

/// Asserts that these spans are those of the example's work below `parent`: the DEBUG span is not traced, and its
/// children belong to the span around it.
#[track_caller]
fn assert_work(spans: &[Span], parent: &str) {
    let outer = named(spans, "outer");
    assert_eq!(outer.parent, parent);
    assert_eq!(outer.integer("app.id"), Some(7));
    for name in ["inner", "explicit"] {
        let span = named(spans, name);
        assert_eq!((&span.trace_id, &span.parent), (&outer.trace_id, &outer.span_id), "{name}");
    }
    let events = |name: &str| -> Vec<String> {
        let span = named(spans, name);
        span.events.iter().map(|event| event.name.clone()).collect()
    };
    assert_eq!(events("inner"), ["half-way"]);
    assert_eq!(events("outer"), ["it failed"]);
    assert!(spans.iter().all(|span| span.name != "detail"));
}

#[test]
fn spans_are_traced_beside_text_lines() {
    let (spans, printed, _) = run("fmt-text");
    assert_eq!(spans.len(), 3);
    assert_work(&spans, "");
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(lines[0].contains("DEBUG outer{app.id=7}:detail: neighbours: in detail"), "{printed}");
    assert!(
        lines[1].contains(" INFO outer{app.id=7}:detail:inner: neighbours: half-way app.step=1"),
        "{printed}"
    );
    assert!(lines[2].contains("ERROR outer{app.id=7}: neighbours: it failed"), "{printed}");
}

#[test]
fn spans_are_traced_beside_json_lines() {
    let (spans, printed, _) = run("fmt-json");
    assert_eq!(spans.len(), 3);
    assert_work(&spans, "");
    let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let half_way = lines.iter().find(|line| line["fields"]["message"] == "half-way").expect("the event");
    assert_eq!(half_way["spans"][0]["app.id"], 7);
    assert_eq!(half_way["spans"][2]["name"], "inner");
}

#[test]
fn a_filter_of_another_layer_does_not_concern_the_layer() {
    let (spans, printed, _) = run("filters");
    assert_work(&spans, "");
    let (json, text): (Vec<&str>, Vec<&str>) = printed.lines().partition(|line| line.starts_with('{'));
    assert!(text.len() == 1 && text[0].ends_with("ERROR it failed"), "{printed}");
    assert!(json.len() == 2 && json[0].contains("in detail") && json[1].contains("half-way"), "{printed}");
}

#[test]
fn spans_at_debug_are_traced_if_the_filter_says_so() {
    for (combination, filter, spans_of_one_run) in
        [("fmt-text", "debug", 4), ("builder-off", "off,neighbours=debug", 4), ("builder-off", "off", 0)]
    {
        let (spans, _, errors) = run_with(&Sink::start(), combination, &[("TELEMETRY_FILTER", filter)]);
        assert_eq!(spans.len(), spans_of_one_run, "{combination} {filter}: {errors}");
        if spans_of_one_run > 0 {
            let detail = named(&spans, "detail");
            assert_eq!(detail.parent, named(&spans, "outer").span_id);
            assert_eq!(named(&spans, "inner").parent, detail.span_id);
            assert_eq!(detail.events[0].name, "in detail");
        }
    }
}

#[test]
fn a_filter_that_disables_the_spans_of_this_crate_causes_one_warning() {
    let (spans, printed, _) = run("filter-of-all-layers");
    assert!(spans.is_empty());
    assert_eq!(printed.matches("give each filter to its layer").count(), 1, "{printed}");
}

#[test]
fn the_warning_about_a_filter_does_not_need_the_filter_to_let_it_through() {
    let (_, printed, errors) = run("filter-of-one-target");
    assert_eq!(printed, "");
    assert_eq!(errors.matches("give each filter to its layer").count(), 1, "{errors}");
}

#[test]
fn a_filter_around_the_layer_causes_a_warning_if_it_hides_the_spans_of_this_crate() {
    let (spans, printed, errors) = run("filter-of-the-layer");
    assert!(spans.is_empty());
    assert_eq!(printed.matches("give each filter to its layer").count(), 1, "{printed} {errors}");
}

#[test]
fn middlewares_that_make_spans_without_this_crate_cause_a_warning_each() {
    let (_, _, errors) = run("kept-middlewares");
    for advice in ["the application in telemetry::server::Tracing", "with telemetry::client::instrument"] {
        assert_eq!(errors.matches(advice).count(), 1, "{errors}");
    }
}

#[test]
fn a_layer_that_no_subscriber_has_causes_one_warning() {
    let advice = [
        ("layer-left-out", "add the layer of telemetry::layer to it"),
        ("layer-not-installed", "install that with init() before the first request"),
    ];
    for (combination, advice) in advice {
        let (spans, _, errors) = run(combination);
        assert!(spans.is_empty());
        assert_eq!(errors.matches(advice).count(), 1, "{errors}");
    }
}

#[test]
fn spans_after_the_shutdown_cause_one_warning() {
    let (_, _, errors) = run("dropped-at-once");
    assert_eq!(
        errors.matches("spans that end after the shutdown of telemetry are lost").count(),
        1,
        "{errors}"
    );
}

#[test]
fn a_span_trace_is_whole() {
    let (spans, printed, _) = run("span-trace");
    assert_eq!(spans.len(), 2);
    for expected in ["inner\n", "with app.step=1", "outer\n", "with app.id=7", "inner app.step=1 true"] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
}

#[test]
fn sentry_gets_its_events_and_transactions() {
    let (spans, printed, _) = run("sentry");
    assert_work(&spans, "");
    assert_eq!(printed, "event it failed\ntransaction outer\n");
}

#[test]
fn the_subscriber_of_a_thread_concerns_no_other_thread() {
    let (spans, printed, _) = run("thread");
    assert_eq!(spans.len(), 3);
    assert_work(&spans, "");
    assert_eq!(printed, "None\n");
}

#[test]
fn the_subscriber_of_a_scope_continues_the_trace_around_it() {
    let (spans, _, _) = run("within-init");
    assert_eq!(spans.len(), 5);
    let root = named(&spans, "root");
    assert_work(&spans, &root.span_id);
    let again = named(&spans, "again");
    assert_eq!((&again.trace_id, &again.parent), (&root.trace_id, &root.span_id));
}

#[test]
fn opentelemetrys_globals_are_set_on_request_only() {
    let (spans, printed, _) = run("globals");
    // The propagator has `traceparent`, `tracestate` and `baggage`.
    assert_eq!(printed, "false 0\ntrue 3\n");
    let outer = named(&spans, "outer");
    assert_eq!(named(&spans, "of the api").parent, outer.span_id);
}

#[test]
fn a_second_init_is_an_error_that_changes_nothing() {
    let (spans, printed, _) = run("second-init");
    assert!(printed.starts_with("another tracing subscriber is already set"), "{printed}");
    let outer = named(&spans, "outer");
    assert_eq!(named(&spans, "of the api").parent, outer.span_id);
    assert!(spans.iter().all(|span| format!("{:?}", span.resource["service.name"]).contains("neighbours")));
}

#[test]
fn the_builder_prints_json_lines_with_ids_by_a_filter_that_can_change() {
    let (spans, printed, _) = run("builder-json");
    let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let messages: Vec<&Value> = lines.iter().map(|line| &line["fields"]["message"]).collect();
    assert_eq!(messages, ["it failed", "in detail", "half-way", "it failed"], "{printed}");
    let half_way = &lines[2];
    assert_eq!((&half_way["level"], &half_way["target"]), (&"INFO".into(), &"neighbours".into()));
    assert_eq!(half_way["fields"]["app.step"], 1);
    let span = spans.iter().find(|span| half_way["span_id"] == *span.span_id).expect("its span");
    assert_eq!((&*span.name, half_way["trace_id"] == *span.trace_id), ("inner", true));
    assert!(half_way["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{printed}");
}

#[test]
fn the_builder_adds_layers_of_the_application() {
    let (spans, printed, _) = run("builder-layers");
    assert_eq!(spans.len(), 7);
    let (json, text): (Vec<&str>, Vec<&str>) = printed.lines().partition(|line| line.starts_with('{'));
    assert!(json.len() == 2 && json.iter().all(|line| line.contains("it failed")), "{printed}");
    let lines =
        |part: &str| text.iter().filter(|line| line.contains(part) && line.contains("trace_id=")).count();
    // The variable turned log lines off until the filter was replaced.
    assert_eq!((lines("half-way"), lines("it failed")), (1, 1), "{printed}");
    assert!(text.iter().any(|line| line.contains("with app.id=8")), "{printed}");
}

#[test]
fn the_builder_can_leave_out_log_lines() {
    let (spans, printed, errors) = run("builder-off");
    assert_eq!((spans.len(), &*printed, &*errors), (3, "", ""));
}

#[test]
fn a_processor_and_a_sampler_of_the_application_work_with_init_and_with_opentelemetrys_api() {
    let (spans, printed, _) = run("own-parts");
    let mut names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["around", "inner", "of the api", "outer"]);
    let of_api = named(&spans, "of the api");
    assert_eq!(of_api.parent, named(&spans, "around").span_id);
    let marked = |span: &&Span| span.attributes.contains_key("app.seen");
    assert_eq!(spans.iter().filter(marked).count(), 4);
    let mut seen: Vec<&str> = printed.lines().collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        ["around of telemetry", "inner of telemetry", "of the api of api", "outer of telemetry"]
    );
}

#[test]
fn records_of_the_log_crate_arrive_with_their_own_targets() {
    for (combination, line) in [
        ("log-records", "INFO sqlx::query: a record trace_id="),
        ("log-records-layers", r#""target":"sqlx::query""#),
    ] {
        let sink = Sink::start();
        let (spans, _, errors) = run_with(&sink, combination, &[("OTEL_LOGS_EXPORTER", "otlp")]);
        // Log records of transports are printed and not exported, as their events are.
        let outer = named(&spans, "outer");
        let events: Vec<&str> = outer.events.iter().map(|event| &*event.name).collect();
        assert_eq!(events, ["a record"], "{combination}");
        assert_eq!(event_text(&outer.events[0], "target").as_deref(), Some("sqlx::query"));
        assert_eq!(event_text(&outer.events[0], "log.target"), None);
        assert!(errors.contains(line) && errors.contains("of a transport"), "{errors}");
        assert!(!errors.contains("with detail") && !errors.contains("log.target"), "{errors}");
        let exported = format!("{:?}", sink.logs.lock().expect("no panic"));
        assert!(exported.contains("a record") && exported.contains("sqlx::query"), "{exported}");
        assert!(!exported.contains("of a transport") && !exported.contains("log.target"), "{exported}");
    }
}

#[test]
fn a_logger_that_is_already_set_stays() {
    let (spans, printed, errors) = run("other-logger");
    assert_eq!(printed, "other a record\nother of a transport\n");
    assert!(named(&spans, "outer").events.is_empty());
    assert_eq!(errors.matches("the logger that is already set").count(), 1, "{errors}");
}

#[test]
fn a_handlers_error_is_one_line_at_error_and_a_rejected_request_is_none() {
    let (spans, _, lines) = run("handler-errors");
    let lines: Vec<&str> = lines.lines().filter(|line| !line.contains(" INFO ")).collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let server = named(&spans, "GET /fails/{id}");
    for part in [
        "ERROR telemetry::server: the request failed",
        r#" error="db is gone""#,
        r#" http.request.method="GET""#,
        r#" http.route="/fails/{id}""#,
        " http.response.status_code=500",
        &format!(" trace_id={} span_id={}", server.trace_id, server.span_id),
    ] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert_eq!(server.events.len(), 1, "{server:#?}");
}

#[test]
fn other_layers_see_a_handlers_error_once() {
    let (spans, printed, _) = run("handler-errors-layer");
    let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |level: &str| -> Vec<&Value> {
        lines.iter().filter(|line| line["level"] == level && line["target"] == "telemetry::server").collect()
    };
    let (errors, rejected) = (of("ERROR"), of("DEBUG"));
    assert_eq!((errors.len(), rejected.len()), (1, 1), "{printed}");
    assert_eq!(errors[0]["fields"]["error"], "db is gone");
    assert_eq!(errors[0]["fields"]["http.route"], "/fails/{id}");
    assert_eq!(rejected[0]["fields"]["error"], "no number");
    assert_eq!(rejected[0]["fields"]["http.response.status_code"], 400);
    assert_eq!(named(&spans, "GET /rejects").events.len(), 1);
}

#[test]
fn spans_are_traced_beside_a_flame_graph() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("folded");
    let arguments = ["flame", file.to_str().expect("text")];
    let (spans, _, _) = run_example("neighbours", &Sink::start(), &arguments, &[]);
    assert_work(&spans, "");
    let folded = std::fs::read_to_string(&file).expect("the flame graph");
    assert!(
        ["outer", "detail", "inner"].iter().all(|name| folded.contains(&format!("neighbours::{name}:"))),
        "{folded}"
    );
}

#[test]
fn spans_of_towers_trace_layer_join_the_trace() {
    let (spans, _, _) = run_example("neighbour_servers", &Sink::start(), &["tower-http"], &[]);
    let (caller, call, request) =
        (named(&spans, "caller"), named(&spans, "GET"), named(&spans, "axum request"));
    assert_eq!((&call.trace_id, &call.parent), (&caller.trace_id, &caller.span_id));
    assert_eq!((&request.trace_id, &request.parent), (&caller.trace_id, &call.span_id));
    assert_eq!(request.text("url.path"), Some("/posts/7"));
    assert!(request.events.iter().any(|event| event.name == "handling"), "{request:#?}");
    assert_eq!(spans.len(), 3);
}

#[test]
fn spans_behind_tonics_interceptors_join_the_trace() {
    let (spans, _, _) = run_example("neighbour_servers", &Sink::start(), &["tonic"], &[]);
    let (caller, request) = (named(&spans, "caller"), named(&spans, "TraceService/Export"));
    assert_eq!((&request.trace_id, &request.parent), (&caller.trace_id, &caller.span_id));
    assert_eq!(named(&spans, "handling").parent, request.span_id);
    assert_eq!(spans.len(), 3);
}
