//! Placeholders for missing parents, and the trace by one clock.

use trace_model::analysis::{Content, correct_clocks, extent};

use super::*;

/// Each row as shown: `DEPTH NAME`, or `DEPTH FROM..TO` of a placeholder in milliseconds.
fn shown(text: &str) -> Vec<String> {
    analyse(text, |trace, analysis| {
        let rows = trace.rows();
        let line = |row: &trace_model::analysis::DisplayRow| match row.content {
            Content::Span(index) => format!("{} {}", row.depth, rows.span(index).name),
            Content::Placeholder(it) => {
                let [from, to] = [it.interval.from, it.interval.to].map(|time| time / MILLISECOND);
                format!("{} {from}..{to}", row.depth)
            }
        };
        for (row, &index) in analysis.display_rows.index_of.iter().enumerate() {
            assert_eq!(analysis.display_rows.rows[index].content, Content::Span(row));
        }
        analysis.display_rows.rows.iter().map(line).collect()
    })
}

#[test]
fn a_missing_parent_is_a_row_above_its_children() {
    let text = "web server a 0..100\n web client b 10..20\nweb client c 30..90 orphan\n web client d 40..50";
    assert_eq!(shown(text), ["0 a", "1 b", "1 30..90", "2 c", "3 d"]);
}

#[test]
fn a_missing_parent_that_nothing_waited_for_stands_at_the_top() {
    let text = "web server a 0..100\n web client b 10..20\nweb client c 130..190 orphan local\n web client d 140..150";
    assert_eq!(shown(text), ["0 a", "1 b", "0 130..190", "1 c", "2 d"]);
}

#[test]
fn a_missing_parent_stands_among_the_children_of_its_likely_caller_by_start() {
    let text = "web server a 0..100\n web internal b 1..9\n  web internal x 2..8\n web internal e 80..90\n\
                web internal c 30..60 orphan local";
    assert_eq!(shown(text), ["0 a", "1 b", "2 x", "1 30..60", "2 c", "1 e"]);
}

#[test]
fn what_is_below_one_lost_span_can_be_the_likely_caller_above_another() {
    let text = "web server a 0..100\n web client b 5..95\nshop server c 20..80 orphan remote\n\
                shop internal d 30..60 orphan local";
    assert_eq!(shown(text), ["0 a", "1 b", "2 20..80", "3 c", "4 30..60", "5 d"]);
}

#[test]
fn a_caller_outside_has_no_row() {
    assert_eq!(shown("web server a 0..100 remote orphan\n web client b 10..20"), ["0 a", "1 b"]);
}

#[test]
fn the_extent_by_one_clock_moves_what_the_other_clock_reported() {
    let text = "web@a server a 0..100\n web@a client b 10..90\n  bank@b server c 2020..2080";
    analyse(text, |trace, analysis| {
        let milliseconds = |clocks: &[_]| {
            let (start, end) = extent(&correct_clocks(&trace.spans, clocks));
            end.since(start) / MILLISECOND.unsigned_abs()
        };
        assert_eq!(milliseconds(&[]), 2_080);
        assert_eq!(milliseconds(&analysis.clocks), 100);
    });
}
