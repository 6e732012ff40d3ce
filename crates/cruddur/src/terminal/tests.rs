//! Tests of complete drawings.

use serde_json::{Value, json};

use super::*;

fn span(id: u64, parent: u64, name: &str, kind: u8, start: u64, end: u64) -> Value {
    let parent = if parent == 0 { String::new() } else { format!("{parent:016x}") };
    json!({
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": format!("{id:016x}"), "parentSpanId": parent,
        "name": name, "kind": kind,
        "startTimeUnixNano": (start * 1_000_000).to_string(), "endTimeUnixNano": (end * 1_000_000).to_string(),
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
        "                                                           0                 10.0 ms",
        "gateway GET /api/activities/home 200    server     10.0 ms █████████████████████████",
        "gateway ├─ GET                          client     2.00 ms   ▐████▌",
        "gateway └─ GET                          client     5.00 ms           ████████████▌",
        "users      └─ GET /users                server     3.00 ms             ▐███████",
        "users         └─ SELECT users ✗ timeout client     1.00 ms                ██▌",
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
    assert!(drawn.lines().last().unwrap().starts_with(&format!("s {}└─ a", " ".repeat(15))), "{drawn}");
}

#[test]
fn errors_are_red_and_services_have_their_colours() {
    let drawn = draw(&home(), 100);
    let failed = drawn.lines().find(|line| line.contains("SELECT users")).unwrap();
    assert!(failed.contains("\u{1b}[31m") && failed.contains("✗ timeout"), "{failed:?}");
    assert!(failed.starts_with("\u{1b}[32musers"), "{failed:?}");
}

#[test]
fn escape_sequences_in_a_span_are_not_written() {
    let drawn = plain(&view(&[resource("a\u{1b}[2J", &[span(1, 0, "b\u{1b}]0;c\u{7}", 1, 0, 1)])]), 100);
    assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}'), "{drawn:?}");
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
    assert_eq!(drawn.lines().count(), 500);
    assert!(drawn.lines().all(|line| text::width(line) <= 80));
}

#[test]
fn durations_have_three_significant_digits() {
    let shown =
        [0, 999, 1_000, 12_345, 999_499, 999_500, 5_678_000, 123_456_000, 61_000_000_000].map(duration);
    assert_eq!(
        shown,
        ["0 ns", "999 ns", "1.00 µs", "12.3 µs", "999 µs", "1.00 ms", "5.68 ms", "123 ms", "61.0 s"]
    );
}
