//! Traces that may not be whole yet are not examined.

use doctor::{Received, diagnose};
use trace_model::Nanos;

use crate::corpus::Recording;

const SECOND: u64 = 1_000_000_000;

/// The spans of a recording; each arrives `lag` after its end.
fn arrived(recording: &Recording, lag: u64) -> Vec<Received<'_>> {
    let mut received = recording.received();
    for one in &mut received {
        one.arrived = Nanos::from_unix(one.span.end.as_unix() + lag);
    }
    received
}

#[test]
fn a_trace_is_examined_once_nothing_arrived_for_ten_seconds() {
    let recording = Recording::read("broken", "never-ended");
    let received = arrived(&recording, SECOND);
    let last = received.iter().map(|one| one.arrived.as_unix()).max().unwrap();
    let early = diagnose(&received, Nanos::from_unix(last + 9 * SECOND));
    let arriving = &early.arriving;
    assert!(!arriving.is_empty() && early.traces + arriving.len() == 19, "{early:?}");
    assert_eq!(arriving[0].examined_at, Nanos::from_unix(arriving[0].last.as_unix() + 10 * SECOND));
    assert!(!arriving[0].slowest.is_empty() && !arriving[0].slowest_heard.is_unset());
    let later = diagnose(&received, Nanos::from_unix(last + 10 * SECOND));
    assert_eq!((later.arriving.len(), later.traces), (0, 19));
    assert_eq!(later.findings[0].code, "span-never-ended");
}

#[test]
fn a_service_that_exports_late_is_waited_for_three_times_as_long() {
    let recording = Recording::read("broken", "never-ended");
    let received = arrived(&recording, 20 * SECOND);
    let last = received.iter().map(|one| one.arrived.as_unix()).max().unwrap();
    assert_eq!(diagnose(&received, Nanos::from_unix(last + 58 * SECOND)).traces, 0);
    assert_eq!(diagnose(&received, Nanos::from_unix(last + 61 * SECOND)).traces, 19);
}

#[test]
fn a_file_of_the_past_is_not_waited_for() {
    let recording = Recording::read("broken", "never-ended");
    let received = arrived(&recording, 100_000 * SECOND);
    let last = received.iter().map(|one| one.arrived.as_unix()).max().unwrap();
    assert_eq!(diagnose(&received, Nanos::from_unix(last + 10 * SECOND)).traces, 19);
}
