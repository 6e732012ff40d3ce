//! Tree layout: regular traces, malformed traces and arbitrary ones.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use trace_model::{
    Nanos, SpanId, SpanKind,
    tree::{Flags, Node, Tree, layout},
};

fn id(n: u64) -> SpanId {
    SpanId::from_bytes(&n.to_be_bytes()).unwrap()
}

fn node(own: u64, parent: u64, start: u64) -> Node {
    Node {
        id: id(own),
        parent: (parent != 0).then(|| id(parent)),
        kind: SpanKind::Internal,
        start: Nanos::from_unix(start),
        end: Nanos::from_unix(start + 10),
    }
}

/// Rows as `id@depth`.
fn drawn(nodes: &[Node], tree: &Tree) -> Vec<String> {
    tree.rows
        .iter()
        .map(|row| format!("{:x}@{}", u64::from_be_bytes(*nodes[row.node].id.as_bytes()), row.depth))
        .collect()
}

#[test]
fn children_follow_their_parent_by_start_then_id() {
    let nodes = [node(4, 1, 30), node(3, 1, 20), node(2, 1, 20), node(1, 0, 10), node(5, 3, 25)];
    let tree = layout(&nodes);
    assert_eq!(drawn(&nodes, &tree), ["1@0", "2@1", "3@1", "5@2", "4@1"]);
    assert_eq!(tree.rows.iter().map(|row| row.end).collect::<Vec<_>>(), [5, 2, 4, 4, 5]);
}

#[test]
fn spans_with_a_missing_parent_are_top_level_and_the_parent_is_listed_once() {
    let nodes = [node(1, 0, 10), node(2, 9, 20), node(3, 9, 30), node(4, 2, 40)];
    let tree = layout(&nodes);
    assert_eq!(drawn(&nodes, &tree), ["1@0", "2@0", "4@1", "3@0"]);
    assert_eq!(
        tree.rows.iter().map(|row| row.missing_parent).collect::<Vec<_>>(),
        [false, true, false, true]
    );
    assert_eq!(tree.missing_parents, [id(9)]);
}

#[test]
fn a_cycle_is_broken_at_its_earliest_span() {
    let nodes = [node(1, 3, 20), node(2, 1, 10), node(3, 2, 30), node(4, 1, 5)];
    let tree = layout(&nodes);
    assert_eq!(drawn(&nodes, &tree), ["2@0", "3@1", "1@2", "4@3"]);
    assert!(tree.rows[0].flags.contains(Flags::CYCLE));
    assert!(tree.rows[1..].iter().all(|row| row.flags.is_empty()));
}

#[test]
fn a_span_that_is_its_own_parent_is_a_root_with_the_cycle_flag() {
    let nodes = [node(1, 1, 10), node(2, 1, 20)];
    let tree = layout(&nodes);
    assert_eq!(drawn(&nodes, &tree), ["1@0", "2@1"]);
    assert!(tree.rows[0].flags.contains(Flags::CYCLE) && !tree.rows[0].missing_parent);
}

#[test]
fn a_duplicate_is_a_leaf_with_the_duplicate_flag() {
    let nodes = [node(1, 0, 10), node(2, 1, 20), node(2, 1, 25), node(3, 2, 30)];
    let tree = layout(&nodes);
    assert_eq!(drawn(&nodes, &tree), ["1@0", "2@1", "3@2", "2@1"]);
    assert!(tree.rows[3].flags.contains(Flags::DUPLICATE) && tree.rows[1].flags.is_empty());
}

#[test]
fn the_server_span_of_a_shared_id_is_below_the_client_span() {
    for server_start in [25, 15] {
        let client = Node { kind: SpanKind::Client, ..node(2, 1, 20) };
        let server = Node { kind: SpanKind::Server, ..node(2, 1, server_start) };
        let nodes = [node(1, 0, 10), server, client, node(3, 2, 30)];
        let tree = layout(&nodes);
        assert_eq!(
            tree.rows.iter().map(|row| (row.node, row.depth)).collect::<Vec<_>>(),
            [(0, 0), (2, 1), (1, 2), (3, 3)]
        );
        assert!(tree.rows[2].flags.contains(Flags::SHARED_ID));
    }
}

#[test]
fn implausible_times_are_flagged() {
    let backwards = Node { end: Nanos::from_unix(1), ..node(1, 0, 10) };
    let unset = Node { start: Nanos::ZERO, ..node(2, 1, 10) };
    let tree = layout(&[backwards, unset]);
    assert_eq!(tree.rows[0].flags.names().collect::<Vec<_>>(), ["negative_duration"]);
    assert_eq!(tree.rows[1].flags.names().collect::<Vec<_>>(), ["no_start_time"]);
}

/// The limit is generous for an unoptimized build on a busy machine. A quadratic layout would exceed it by far.
#[test]
fn wide_and_deep_traces_are_laid_out_in_linear_time() {
    let wide: Vec<_> = (1..=100_000).map(|n| node(n, u64::from(n > 1), n)).collect();
    let deep: Vec<_> = (1..=10_000).rev().map(|n| node(n, n - 1, 5)).collect();
    let ring: Vec<_> = (1..=10_000).map(|n| node(n, n % 10_000 + 1, n)).collect();
    let begun = Instant::now();
    assert_eq!(layout(&wide).rows[0].end, 100_000);
    assert_eq!(layout(&deep).rows[9_999].depth, 9_999);
    assert_eq!(layout(&ring).rows[9_999].depth, 9_999);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

fn any_node() -> impl Strategy<Value = Node> {
    (1..12_u64, 0..14_u64, 0..6_u64, 0..6_u64, 0..6_u64).prop_map(|(own, parent, start, end, kind)| Node {
        end: Nanos::from_unix(end),
        kind: SpanKind::from_otlp(kind),
        ..node(own, parent, start)
    })
}

proptest! {
    #[test]
    fn any_spans_become_a_preorder_with_each_span_once(nodes in proptest::collection::vec(any_node(), 0..24)) {
        let tree = layout(&nodes);
        let mut seen: Vec<_> = tree.rows.iter().map(|row| row.node).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..nodes.len()).collect::<Vec<_>>());
        for (place, row) in tree.rows.iter().enumerate() {
            prop_assert!(place < row.end && row.end <= tree.rows.len());
            for inner in &tree.rows[place + 1..row.end] {
                prop_assert!(inner.depth > row.depth && inner.end <= row.end);
            }
            if let Some(next) = tree.rows.get(row.end) {
                prop_assert!(next.depth <= row.depth);
            }
            if row.missing_parent {
                prop_assert!(row.depth == 0 && tree.missing_parents.contains(&nodes[row.node].parent.unwrap()));
            }
        }
        for gone in &tree.missing_parents {
            prop_assert!(nodes.iter().all(|node| node.id != *gone));
        }
    }

    #[test]
    fn the_layout_does_not_depend_on_the_order_of_arrival(nodes in proptest::collection::vec(any_node(), 0..12)) {
        let mut nodes = nodes;
        let mut seen = std::collections::HashSet::new();
        nodes.retain(|node| seen.insert(node.id));
        let mut reversed = nodes.clone();
        reversed.reverse();
        prop_assert_eq!(drawn(&nodes, &layout(&nodes)), drawn(&reversed, &layout(&reversed)));
    }
}
