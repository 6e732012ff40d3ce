//! A received trace, with assertions on its tree. A failed assertion prints the tree.

use std::collections::{HashMap, HashSet};

use opentelemetry_proto::tonic::trace::v1::TracesData;

use crate::span::{Span, spans_of_resource};

/// The spans of one trace that have arrived.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    spans: Vec<Span>,
}

/// Label and children of a span. Children are sorted, so equal trees compare equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    label: String,
    children: Vec<Node>,
}

impl Trace {
    /// A trace of these spans, sorted by start time.
    pub fn new(mut spans: Vec<Span>) -> Self {
        spans.sort_by(|a, b| (a.start, &a.span_id).cmp(&(b.start, &b.span_id)));
        Self { spans }
    }

    /// Reads OTLP JSON, `{"resourceSpans": [..]}`, as the query API returns it.
    ///
    /// # Panics
    /// If the JSON is anything else.
    pub fn from_otlp_json(json: &serde_json::Value) -> Self {
        let data: TracesData =
            serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error} in {json}"));
        Self::new(data.resource_spans.into_iter().flat_map(spans_of_resource).collect())
    }

    /// All spans, sorted by start time.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// All spans with this label, `users [server] GET /users/{handle}`.
    pub fn all(&self, label: &str) -> Vec<&Span> {
        self.spans.iter().filter(|span| span.label() == label).collect()
    }

    /// The only span with this label.
    ///
    /// # Panics
    /// If there is not exactly one; the message shows the tree.
    #[track_caller]
    pub fn only(&self, label: &str) -> &Span {
        match self.all(label)[..] {
            [span] => span,
            ref found => panic!("{} spans {label:?} instead of one in\n{self}", found.len()),
        }
    }

    /// The parent of a span, if it is in the trace.
    pub fn parent_of(&self, span: &Span) -> Option<&Span> {
        let id = span.parent.as_ref()?;
        self.spans.iter().find(|other| &other.span_id == id)
    }

    /// The children of a span.
    pub fn children_of(&self, span: &Span) -> Vec<&Span> {
        self.spans.iter().filter(|other| other.parent.as_ref() == Some(&span.span_id)).collect()
    }

    /// Spans without a parent in the trace: roots, and spans whose parent is missing.
    pub fn top_level_spans(&self) -> Vec<&Span> {
        self.spans.iter().filter(|span| self.parent_of(span).is_none()).collect()
    }

    /// Parent ids that name no span of the trace.
    pub fn missing_parents(&self) -> Vec<&str> {
        self.top_level_spans().into_iter().filter_map(|span| span.parent.as_deref()).collect()
    }

    /// All edges, sorted: `gateway [server] GET /api/activities/home > gateway [client] GET`
    pub fn edges(&self) -> Vec<String> {
        let edge = |span: &Span| Some(format!("{} > {}", self.parent_of(span)?.label(), span.label()));
        let mut edges: Vec<String> = self.spans.iter().filter_map(edge).collect();
        edges.sort();
        edges
    }

    /// Asserts one root, no missing parent, one trace id, and unique span ids.
    ///
    /// # Panics
    /// If that does not hold; the message shows the tree.
    #[track_caller]
    pub fn assert_one_linked_trace(&self) -> &Self {
        self.assert_one_linked_trace_under(None)
    }

    /// Like [`Self::assert_one_linked_trace`], for a trace below a remote parent.
    ///
    /// # Panics
    /// If that does not hold; the message shows the tree.
    #[track_caller]
    pub fn assert_one_linked_trace_under(&self, remote_parent: Option<&str>) -> &Self {
        let ids: HashSet<&str> = self.spans.iter().map(|span| span.trace_id.as_str()).collect();
        assert!(ids.len() == 1, "spans of {} traces:\n{self}", ids.len());
        let spans: HashSet<&str> = self.spans.iter().map(|span| span.span_id.as_str()).collect();
        assert!(spans.len() == self.spans.len(), "a span id occurs twice:\n{self}");
        match self.top_level_spans()[..] {
            [top] => assert!(
                top.parent.as_deref() == remote_parent,
                "the parent of the top-level span should be {remote_parent:?} but is {:?}:\n{self}",
                top.parent
            ),
            ref tops => panic!("{} top-level spans instead of one:\n{self}", tops.len()),
        }
        self
    }

    /// Asserts the exact tree. Indentation gives the depth; box characters count as indentation. The order of
    /// siblings does not matter, because concurrent calls have none.
    ///
    /// # Panics
    /// If the trees differ; the message shows both.
    #[track_caller]
    pub fn assert_tree(&self, expected: &str) -> &Self {
        let wanted = parse(expected);
        let found = self.forest();
        assert!(found == wanted, "expected\n{}\nfound\n{}", draw(&wanted), draw(&found));
        self
    }

    fn forest(&self) -> Vec<Node> {
        let mut children: HashMap<&str, Vec<&Span>> = HashMap::new();
        for span in &self.spans {
            if let Some(parent) = &span.parent {
                children.entry(parent).or_default().push(span);
            }
        }
        sorted(self.top_level_spans().into_iter().map(|span| node(span, &mut children)).collect())
    }
}

impl std::fmt::Display for Trace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.spans.is_empty() {
            return out.write_str("(no span)\n");
        }
        out.write_str(&draw(&self.forest()))?;
        for span in self.top_level_spans() {
            if let Some(parent) = &span.parent {
                writeln!(out, "(the parent of {}, {parent}, is missing)", span.label())?;
            }
        }
        Ok(())
    }
}

/// Removes the children from the map, so that a cycle ends.
fn node(span: &Span, children: &mut HashMap<&str, Vec<&Span>>) -> Node {
    let below = children.remove(span.span_id.as_str()).unwrap_or_default();
    Node {
        label: span.label(),
        children: sorted(below.into_iter().map(|span| node(span, children)).collect()),
    }
}

fn sorted(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort();
    nodes
}

fn draw(nodes: &[Node]) -> String {
    fn lines(nodes: &[Node], depth: usize, into: &mut Vec<String>) {
        for node in nodes {
            into.push(format!("{}{}\n", "  ".repeat(depth), node.label));
            lines(&node.children, depth + 1, into);
        }
    }
    let mut into = Vec::new();
    lines(nodes, 0, &mut into);
    into.concat()
}

fn parse(text: &str) -> Vec<Node> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let label = line.trim_start_matches(|c: char| c.is_whitespace() || "│├└─".contains(c));
        if !label.is_empty() {
            let indentation = line.chars().count() - label.chars().count();
            let words: Vec<&str> = label.split_whitespace().collect();
            lines.push((indentation, words.join(" ")));
        }
    }
    // The first line may start right after the opening quote. It is a root whatever its indentation.
    if let [first, second, ..] = &mut lines[..]
        && first.0 == 0
    {
        first.0 = second.0.saturating_sub(1);
    }
    siblings(&lines)
}

/// Nodes from lines of the same depth, each with the deeper lines that follow it as children.
fn siblings(mut lines: &[(usize, String)]) -> Vec<Node> {
    let mut nodes = Vec::new();
    while let [(indentation, label), rest @ ..] = lines {
        let below = rest.iter().take_while(|(deeper, _)| deeper > indentation).count();
        let (children, next) = rest.split_at(below);
        nodes.push(Node { label: label.clone(), children: siblings(children) });
        lines = next;
    }
    sorted(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: Option<&str>, name: &str) -> Span {
        Span {
            trace_id: "t".into(),
            span_id: id.into(),
            parent: parent.map(Into::into),
            service: "users".into(),
            kind: "server",
            name: name.into(),
            ..Span::default()
        }
    }

    fn trace() -> Trace {
        Trace::new(vec![
            span("1", None, "root"),
            span("2", Some("1"), "b"),
            span("3", Some("1"), "a"),
            span("4", Some("2"), "leaf"),
        ])
    }

    #[test]
    fn trees_are_compared_without_the_order_of_siblings() {
        trace().assert_one_linked_trace().assert_tree(
            "users [server] root
               users [server] a
               users [server] b
                 users [server] leaf",
        );
        trace().assert_tree(
            "
            users [server]   root
            ├ users [server]   b
            │ └ users [server]   leaf
            └ users [server]   a",
        );
    }

    #[test]
    #[should_panic(
        expected = "found\nusers [server] root\n  users [server] a\n  users [server] b\n    users"
    )]
    fn a_different_tree_fails_and_is_printed() {
        trace()
            .assert_tree("users [server] root\n users [server] a\n users [server] b\n users [server] leaf");
    }

    #[test]
    fn edges_name_both_ends() {
        assert_eq!(trace().edges()[2], "users [server] root > users [server] b");
    }

    #[test]
    #[should_panic(expected = "the parent of users [server] orphan, 9, is missing")]
    fn a_missing_parent_fails_and_is_printed() {
        let mut spans = trace().spans;
        spans.push(span("5", Some("9"), "orphan"));
        Trace::new(spans).assert_one_linked_trace();
    }

    #[test]
    fn a_trace_may_have_a_remote_parent() {
        let trace = Trace::new(vec![span("1", Some("9"), "root")]);
        trace.assert_one_linked_trace_under(Some("9"));
        assert_eq!(trace.missing_parents(), ["9"]);
    }

    #[test]
    fn a_cycle_has_no_top_level_span() {
        let trace = Trace::new(vec![span("1", Some("2"), "a"), span("2", Some("1"), "b")]);
        assert_eq!(trace.top_level_spans().len(), 0);
        assert_eq!(trace.to_string(), "");
    }

    #[test]
    fn otlp_json_is_read() {
        let trace = Trace::from_otlp_json(&serde_json::json!({"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "users"}}]},
            "scopeSpans": [{"scope": {"name": "s"}, "spans": [{
                "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "GET /users",
                "kind": 2, "startTimeUnixNano": "5", "endTimeUnixNano": "9",
                "attributes": [{"key": "http.response.status_code", "value": {"intValue": "200"}}]}]}]}]}));
        trace.only("users [server] GET /users").assert("http.response.status_code", 200);
    }
}
