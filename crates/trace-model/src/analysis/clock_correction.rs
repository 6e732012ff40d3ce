//! The same trace by one clock: the root's.

use crate::{Nanos, Origin, Span};

use super::{clocks::ClockOffset, rows::Process};

/// The spans with the times of every clock that is off moved by its offset. The spans keep their order.
///
/// This is likely, not certain: each offset has an uncertainty, and a clock may have been set in the middle of the trace.
pub fn correct_clocks<'a>(
    spans: &[(Origin<'a>, Span<'a>)],
    clocks: &[ClockOffset],
) -> Vec<(Origin<'a>, Span<'a>)> {
    let moved = |(origin, span): &(Origin<'a>, Span<'a>)| {
        let ahead =
            clocks.iter().find(|clock| clock.is_of(&Process::of(&origin.resource))).map_or(0, |it| it.ahead);
        let earlier = |time: Nanos| Nanos::from_unix(time.as_unix().saturating_add_signed(-ahead));
        let mut span = span.clone();
        if ahead != 0 && !span.start.is_unset() {
            (span.start, span.end) = (earlier(span.start), earlier(span.end));
        }
        (*origin, span)
    };
    spans.iter().map(moved).collect()
}
