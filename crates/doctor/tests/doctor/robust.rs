//! Findings do not depend on order, and healthy traces stay healthy however busy the system is.

use std::collections::BTreeMap;

use doctor::{Received, Report, Severity, diagnose};
use proptest::{prelude::*, sample::Index};
use trace_model::{Nanos, TraceId, wire::Writer};

use crate::corpus::{Recording, names};

/// `PROPTEST_CASES` tries more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12)
}

/// The worst that is said about some spans.
fn worst(report: &Report) -> Vec<(&'static str, &str)> {
    let above = report.findings.iter().filter(|finding| finding.severity > Severity::Note);
    above.map(|finding| (finding.code, finding.summary.as_str())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_spans_and_batches_changes_no_finding(
        name in any::<Index>(),
        swaps in prop::collection::vec((any::<Index>(), any::<Index>()), 0..400),
        turn in any::<Index>(),
    ) {
        let names = names("broken");
        let recording = Recording::read("broken", name.get(&names).as_str());
        let mut received = recording.received();
        let before = diagnose(&received, Nanos::MAX);
        let turn = turn.index(received.len());
        received.rotate_left(turn);
        for (one, other) in swaps {
            let (one, other) = (one.index(received.len()), other.index(received.len()));
            received.swap(one, other);
        }
        prop_assert_eq!(diagnose(&received, Nanos::MAX), before);
    }

    /// Where one span is lost, its service or its parent may be named, and no split, no doubled span, no clock.
    #[test]
    fn a_lost_span_of_a_healthy_system_is_never_called_anything_else(
        name in any::<Index>(),
        lost in prop::collection::vec(any::<Index>(), 1..12),
    ) {
        let names = names("healthy");
        let recording = Recording::read("healthy", name.get(&names).as_str());
        let mut received = recording.received();
        for index in lost {
            received.remove(index.index(received.len()));
        }
        let report = diagnose(&received, Nanos::MAX);
        for (code, summary) in worst(&report) {
            let is_loss = ["parent-missing", "spans-dropped", "span-never-ended", "client-span-missing"].contains(&code);
            prop_assert!(is_loss, "{code}: {summary}");
        }
    }

    /// All traces of all healthy recordings at once: none of them has to do with another.
    #[test]
    fn healthy_traces_of_a_busy_system_have_no_finding_above_a_note(
        spread in prop::sample::select(vec![20_000_000_u64, 500_000_000, 5_000_000_000, 100_000_000_000]),
        salt in any::<u64>(),
    ) {
        let recordings: Vec<Recording> =
            names("healthy").iter().map(|name| Recording::read("healthy", name)).collect();
        let received: Vec<Received<'_>> = recordings.iter().flat_map(Recording::received).collect();
        let starts = starts(&received);
        let moved: Vec<Vec<u8>> = received
            .iter()
            .map(|one| {
                let number = one.span.trace_id.as_bytes().iter().fold(salt, |sum, byte| {
                    (sum ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                });
                let to = 1_790_000_000_000_000_000 + number % spread / 1_000_000 * 1_000_000;
                moved(&one.span, starts[&one.span.trace_id], to)
            })
            .collect();
        let moved: Vec<Received<'_>> = moved
            .iter()
            .zip(&received)
            .map(|(raw, one)| Received {
                origin: one.origin,
                span: trace_model::Span::decode(raw).unwrap(),
                arrived: Nanos::ZERO,
            })
            .collect();
        let report = diagnose(&moved, Nanos::MAX);
        prop_assert_eq!(report.traces, 445);
        prop_assert_eq!(worst(&report), [], "within {} ns", spread);
    }
}

#[test]
fn spans_that_are_received_twice_change_no_finding() {
    for name in names("broken") {
        let recording = Recording::read("broken", &name);
        let mut received = recording.received();
        let before = diagnose(&received, Nanos::MAX);
        received.extend(received.clone());
        assert_eq!(diagnose(&received, Nanos::MAX), before, "{name}");
    }
}

/// Senders before 2024 write no flags: whether a parent was local is unknown then, and is not guessed.
#[test]
fn without_flags_a_missing_parent_is_left_open() {
    for name in names("healthy") {
        let recording = Recording::read("healthy", &name);
        let mut received = recording.received();
        for one in &mut received {
            one.span.flags = 0;
        }
        assert_eq!(worst(&diagnose(&received, Nanos::MAX)), [], "{name}");
    }
    let recording = Recording::read("broken", "never-ended");
    let mut received = recording.received();
    for one in &mut received {
        one.span.flags = 0;
    }
    let report = diagnose(&received, Nanos::MAX);
    let codes: Vec<&str> = worst(&report).iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["parent-missing"], "{:#?}", report.findings);
    assert!(report.findings.iter().any(|finding| finding.confidence.candidates().len() > 1));
}

fn starts(received: &[Received<'_>]) -> BTreeMap<TraceId, u64> {
    let mut starts = BTreeMap::new();
    for one in received {
        let start = one.span.start.as_unix();
        starts
            .entry(one.span.trace_id)
            .and_modify(|first: &mut u64| *first = start.min(*first))
            .or_insert(start);
    }
    starts
}

/// The span's bytes with its times moved so that its trace begins at `to`.
fn moved(span: &trace_model::Span<'_>, start: u64, to: u64) -> Vec<u8> {
    let mut out = Writer::new();
    for field in trace_model::wire::Reader::new(span.raw()).map_while(Result::ok) {
        match (field.number, field.value) {
            (7 | 8, trace_model::wire::FieldValue::Fixed64(time)) => {
                out.fixed64(field.number, time - start + to);
            }
            (number, trace_model::wire::FieldValue::Bytes(raw)) => out.bytes(number, raw),
            (number, trace_model::wire::FieldValue::Varint(value)) => out.varint(number, value),
            (number, trace_model::wire::FieldValue::Fixed64(value)) => out.fixed64(number, value),
            (number, trace_model::wire::FieldValue::Fixed32(value)) => out.fixed32(number, value),
        }
    }
    out.into_bytes()
}
