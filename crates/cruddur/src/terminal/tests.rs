//! Tests of complete drawings.

use serde_json::{Value, json};

use super::*;

fn span(id: u64, parent: u64, name: &str, kind: u8, start: u64, end: u64) -> Value {
    let parent = if parent == 0 { String::new() } else { format!("{parent:016x}") };
    // A start time of 0 means that the span has none.
    let unix = |time: u64| ((1_000 + time) * 1_000_000).to_string();
    json!({
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": format!("{id:016x}"), "parentSpanId": parent,
        "name": name, "kind": kind,
        "startTimeUnixNano": unix(start), "endTimeUnixNano": unix(end),
    })
}

fn resource(service: &str, spans: &[Value]) -> Value {
    json!({
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [{"spans": spans}],
    })
}

fn view(resources: &[Value]) -> View {
    View::from_otlp_json(json!({"resourceSpans": resources}).to_string().as_bytes()).unwrap()
}

fn home() -> View {
    let mut failed = span(4, 3, "SELECT users", 3, 6, 7);
    failed["status"] = json!({"code": 2});
    failed["attributes"] = json!([{"key": "error.type", "value": {"stringValue": "timeout"}}]);
    let mut edge = span(1, 0, "GET /api/activities/home", 2, 0, 10);
    edge["attributes"] = json!([{"key": "http.response.status_code", "value": {"intValue": "200"}}]);
    view(&[
        resource("users", &[span(3, 2, "GET /users", 2, 5, 8), failed]),
        resource("gateway", &[edge, span(2, 1, "GET", 3, 4, 9), span(5, 1, "GET", 3, 1, 3)]),
    ])
}

fn plain(view: &View, width: usize) -> String {
    anstream::adapter::strip_str(&draw(view, width)).to_string()
}

#[test]
fn a_trace_is_drawn_as_a_tree_with_bars_on_one_axis() {
    let expected = [
        "                                                                 0           10.0 ms",
        "gateway GET /api/activities/home 200          server     10.0 ms ███████████████████",
        "gateway ├─ GET                                client     2.00 ms  ▐███▌",
        "gateway └─ GET                                client     5.00 ms        ▐█████████",
        "users      └─ GET /users                      server     3.00 ms          ▐█████",
        "users         └─ SELECT users handled timeout client     1.00 ms            ██",
        "1 error did not reach the root",
        "most time in: 2 spans of gateway GET, 4.00 ms, 40% of the trace",
    ];
    assert_eq!(plain(&home(), 84).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [50, 60, 79, 80, 100, 200] {
        for line in plain(&home(), width).lines() {
            assert!(text::width(line) <= width, "{} > {width}: {line:?}", text::width(line));
        }
    }
}

#[test]
fn every_level_is_indented_if_all_names_fit() {
    let spans: Vec<Value> = (1..8).map(|id| span(id, id - 1, "a", 1, id, 20 - id)).collect();
    let drawn = plain(&view(&[resource("s", &spans)]), 100);
    let rows: Vec<&str> = drawn.lines().filter(|line| line.contains("└─ a")).collect();
    assert!(rows.last().unwrap().starts_with(&format!("s {}└─ a", " ".repeat(15))), "{drawn}");
}

#[test]
fn errors_that_reached_the_root_are_red_and_services_have_their_colours() {
    let spans = [failed(span(1, 0, "GET /", 2, 0, 10), ""), failed(span(2, 1, "load", 1, 1, 9), "timeout")];
    let drawn = draw(&view(&[resource("users", &spans)]), 100);
    let row = drawn.lines().find(|line| line.contains("load")).unwrap();
    assert!(row.contains("\u{1b}[31m") && row.contains("✗ root cause timeout"), "{row:?}");
    assert!(row.starts_with("\u{1b}[32musers"), "{row:?}");
}

#[test]
fn escape_sequences_in_a_span_are_not_written() {
    let drawn = plain(&view(&[resource("a\u{1b}[2J", &[span(1, 0, "b\u{1b}]0;c\u{7}", 1, 0, 1)])]), 100);
    assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}'), "{drawn:?}");
}

fn failed(mut span: Value, message: &str) -> Value {
    span["status"] = json!({"code": 2, "message": message});
    span
}

#[test]
fn the_root_cause_is_marked_and_named() {
    let drawn = plain(
        &view(&[
            resource(
                "gateway",
                &[failed(span(1, 0, "GET /", 2, 0, 10), ""), failed(span(2, 1, "GET", 3, 1, 9), "")],
            ),
            resource("users", &[failed(span(3, 2, "GET /users", 2, 2, 8), "no\u{1b}[2J rows")]),
        ]),
        100,
    );
    assert!(drawn.contains("GET /users ✗ root cause"), "{drawn}");
    assert!(drawn.contains("\nroot cause: users GET /users: no\u{fffd}[2J rows\n"), "{drawn}");
}

#[test]
fn a_root_cause_without_a_status_message_has_that_of_its_exception_and_the_target() {
    let mut call = failed(span(2, 1, "GET", 3, 1, 9), "");
    call["attributes"] = json!([{"key": "server.address", "value": {"stringValue": "users"}}]);
    let message = json!({"key": "exception.message", "value": {"stringValue": "connection refused"}});
    call["events"] = json!([{"name": "exception", "attributes": [message]}]);
    let drawn = plain(&view(&[resource("gateway", &[failed(span(1, 0, "GET /", 2, 0, 10), ""), call])]), 100);
    assert!(drawn.contains("\nroot cause: gateway GET → users: connection refused\n"), "{drawn}");
}

#[test]
fn attempts_of_one_call_are_named_together() {
    let attempts = (2..5).map(|id| failed(span(id, 1, "GET users", 3, id * 100, id * 100 + 90), "timeout"));
    let mut spans = vec![failed(span(1, 0, "GET /", 2, 190, 500), "")];
    spans.extend(attempts);
    let drawn = plain(&view(&[resource("web", &spans)]), 100);
    assert!(drawn.contains("\nroot cause: web GET users, 3 attempts: timeout\n"), "{drawn}");
    assert!(
        drawn.contains("\nmost time in: 3 attempts of web GET users, 270 ms, 87% of the trace\n"),
        "{drawn}"
    );
}

#[test]
fn spans_of_one_operation_that_took_most_time_are_named_together() {
    let mut spans = vec![span(1, 0, "GET /", 2, 0, 500)];
    spans.extend((1..5).map(|n| span(n + 1, 1, "SELECT users", 3, n * 90, n * 90 + 80)));
    let drawn = plain(&view(&[resource("web", &spans)]), 100);
    assert!(
        drawn.contains("\nmost time in: 4 spans of web SELECT users, 320 ms, 64% of the trace\n"),
        "{drawn}"
    );
}

#[test]
fn a_long_sentence_is_wrapped_and_bounded() {
    let message = "word ".repeat(1_000);
    let drawn = plain(&view(&[resource("a", &[failed(span(1, 0, "GET /", 2, 0, 10), &message)])]), 60);
    assert!(drawn.lines().all(|line| text::width(line) <= 60), "{drawn}");
    assert!((5..15).contains(&drawn.lines().count()) && drawn.contains("… word"), "{drawn}");
}

#[test]
fn a_handled_error_is_quiet() {
    let view =
        view(&[resource("a", &[span(1, 0, "GET /", 2, 0, 10), failed(span(2, 1, "GET", 3, 1, 9), "")])]);
    let drawn = draw(&view, 100);
    assert!(!drawn.contains("\u{1b}[31m"), "{drawn:?}");
    assert!(drawn.contains("GET handled") && drawn.contains("1 error did not reach the root"), "{drawn}");
    assert_eq!(view.errors(), 1);
}

#[test]
fn a_caller_outside_is_no_missing_span() {
    let view = view(&[resource("a", &[span(1, 99, "GET /", 2, 0, 10)])]);
    let drawn = plain(&view, 100);
    assert!(drawn.contains("called from outside, by span 0000000000000063"), "{drawn}");
    assert!(!drawn.contains("missing") && view.missing_parents.is_empty(), "{drawn}");
    assert!(view.is_complete(None, None), "nothing is waited for");
    assert!(
        !view.is_complete(trace_model::SpanId::from_bytes(&[7; 8]).ok(), None),
        "the expected span has not arrived"
    );
}

#[test]
fn most_time_below_a_lost_span_is_likely() {
    let call = [span(1, 0, "GET /", 2, 0, 100), span(2, 1, "GET", 3, 5, 95)];
    let callee = [span(3, 99, "GET /stock", 2, 20, 90)];
    let drawn = plain(&view(&[resource("web", &call), resource("stock", &callee)]), 100);
    assert!(
        drawn.contains("most time in: stock GET /stock, 70.0 ms, 70% of the trace, likely below web GET\n"),
        "{drawn}"
    );
    assert!(drawn.contains("   └─ missing parent") && drawn.contains(" likely here"), "{drawn}");
    assert!(drawn.contains("      └─ GET"), "{drawn}");
}

#[test]
fn most_time_in_one_of_two_calls_that_can_have_led_to_a_lost_span_is_not_its_own() {
    let calls = [span(1, 0, "GET /", 2, 0, 100), span(2, 1, "a", 3, 5, 95), span(3, 1, "b", 3, 5, 94)];
    let callee = [span(4, 99, "GET /stock", 2, 20, 90)];
    let drawn = plain(&view(&[resource("web", &calls), resource("stock", &callee)]), 100);
    assert!(
        drawn.contains("most time in: web a, 90.0 ms, 90% of the trace, its callee is likely missing\n"),
        "{drawn}"
    );
}

#[test]
fn a_missing_parent_has_a_row_and_counts_as_no_span() {
    let view = view(&[resource("a", &[span(1, 0, "GET /", 2, 0, 10), span(2, 99, "step", 1, 2, 4)])]);
    let drawn = plain(&view, 100);
    assert!(drawn.contains("missing parent 0000000000000063") && drawn.contains("└─ step"), "{drawn}");
    assert_eq!((view.spans(), view.services(), view.missing_parents.len()), (2, 1, 1));
    assert!(!view.is_complete(None, None));
}

#[test]
fn time_in_a_queue_is_named() {
    let spans = [span(1, 0, "send", 4, 0, 10), span(2, 1, "process", 5, 45_010, 45_020)];
    let drawn = plain(&view(&[resource("a", &spans)]), 100);
    assert!(drawn.contains("a process: 45.0 s in the queue"), "{drawn}");
}

/// The producer's clock is 5 s ahead, by the call before.
#[test]
fn a_wait_between_clocks_that_differ_is_told_by_the_likely_clocks() {
    let spans = [span(2, 1, "GET /", 2, 5_010, 5_090), span(3, 2, "send", 4, 5_020, 5_030)];
    let drawn = plain(
        &view(&[
            resource("a", &[span(1, 0, "GET", 3, 0, 100), span(4, 3, "process", 5, 9_000, 9_010)]),
            resource("b", &spans),
        ]),
        120,
    );
    assert!(
        drawn.contains("b is 5.00 s ahead") && drawn.contains("a process: 8.97 s in the queue"),
        "{drawn}"
    );
    assert!(drawn.contains("of the trace, adjusted for clock skew"), "{drawn}");
}

#[test]
fn a_call_given_up_is_named() {
    let client = failed(span(1, 0, "GET", 3, 0, 852), "timeout");
    let drawn = plain(&view(&[resource("a", &[client, span(2, 1, "GET /", 2, 1_490, 1_500)])]), 100);
    assert!(drawn.contains("a GET: gave up after 852 ms; the callee began 1.49 s after the call"), "{drawn}");
}

#[test]
fn clocks_that_differ_are_named_with_the_likely_duration() {
    let drawn = plain(
        &view(&[
            resource("a", &[span(1, 0, "GET", 3, 0, 100)]),
            resource("b", &[span(2, 1, "GET /", 2, 5_010, 5_090)]),
        ]),
        120,
    );
    assert!(
        drawn.contains("the clocks likely differ: b is 5.00 s ahead of the root's, ± 10.0 ms"),
        "{drawn}"
    );
    assert!(drawn.contains("by one clock the trace likely took 100 ms"), "{drawn}");
}

#[test]
fn an_empty_trace_can_be_drawn() {
    assert_eq!(view(&[]).rows.len(), 0);
    assert!(plain(&view(&[]), 100).ends_with("0 ns\n"));
}

#[test]
fn a_chain_deeper_than_the_terminal_is_wide_is_drawn() {
    let spans: Vec<Value> = (1..500).map(|id| span(id, id - 1, "step", 1, id, 1000 - id)).collect();
    let drawn = plain(&view(&[resource("a", &spans)]), 80);
    assert_eq!(drawn.lines().filter(|line| line.contains("internal")).count(), 499);
    assert!(drawn.lines().all(|line| text::width(line) <= 80));
}

#[test]
fn durations_have_three_significant_digits() {
    let shown =
        [0, 999, 1_000, 12_345, 999_499, 999_500, 5_678_000, 123_456_000, 61_000_000_000].map(duration);
    assert_eq!(
        shown,
        ["0 ns", "999 ns", "1.00 µs", "12.3 µs", "999 µs", "1.00 ms", "5.68 ms", "123 ms", "1 m 01 s"]
    );
}
