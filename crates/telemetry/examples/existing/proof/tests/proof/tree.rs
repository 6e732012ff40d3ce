//! A trace as indented lines: names and kinds.

use crate::sink::Span;

/// The spans of this trace below the first one, whose parent is another process.
pub(crate) fn of_trace(spans: &[Span], trace_id: &str) -> Vec<String> {
    let spans: Vec<&Span> = spans.iter().filter(|span| span.trace_id == trace_id).collect();
    let mut lines = Vec::new();
    let is_known = |id: &str| spans.iter().any(|span| span.span_id == id);
    let roots: Vec<&str> =
        spans.iter().filter(|span| !is_known(&span.parent)).map(|span| &*span.parent).collect();
    assert_eq!(roots.len(), 1, "{spans:#?}");
    add_children(&spans, roots[0], 0, &mut lines);
    lines
}

fn add_children(spans: &[&Span], parent: &str, depth: usize, lines: &mut Vec<String>) {
    let mut children: Vec<&&Span> = spans.iter().filter(|span| span.parent == parent).collect();
    children.sort_by_key(|span| span.start);
    for span in children {
        lines.push(format!(
            "{}{} [{}]",
            "  ".repeat(depth),
            span.name,
            format!("{:?}", span.kind).to_lowercase()
        ));
        add_children(spans, &span.span_id, depth + 1, lines);
    }
}
