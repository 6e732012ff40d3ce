//! Bars on the time axis, with a resolution of half a column.

use trace_text::{duration, text};

/// The time axis: the whole trace on `columns` columns.
pub(super) struct Axis {
    pub(super) columns: usize,
    pub(super) duration: u64,
}

impl Axis {
    /// The bar of a span, at least half a column wide.
    pub(super) fn bar(&self, start: u64, duration: u64) -> String {
        let halves = 2 * self.columns;
        let first = self.scale(start).min(halves.saturating_sub(1));
        let last = self.scale(start.saturating_add(duration)).clamp(first + 1, halves.max(first + 1));
        (0..self.columns)
            .map(|column| {
                let filled = |half: usize| (first..last).contains(&half);
                match (filled(2 * column), filled(2 * column + 1)) {
                    (true, true) => '█',
                    (true, false) => '▌',
                    (false, true) => '▐',
                    (false, false) => ' ',
                }
            })
            .collect()
    }

    /// Labels of the two ends of the axis.
    pub(super) fn ticks(&self) -> String {
        let (start, end) = ("0", duration(self.duration));
        let between = self.columns.saturating_sub(start.len() + text::width(&end));
        format!("{start}{}{end}", " ".repeat(between))
    }

    /// Offset in half columns.
    fn scale(&self, nanoseconds: u64) -> usize {
        let halves = 2 * self.columns as u128;
        let position = u128::from(nanoseconds) * halves / u128::from(self.duration.max(1));
        usize::try_from(position).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXIS: Axis = Axis { columns: 10, duration: 100 };

    #[test]
    fn a_bar_shows_start_and_duration() {
        assert_eq!(AXIS.bar(0, 100), "██████████");
        assert_eq!(AXIS.bar(20, 30), "  ███     ");
        assert_eq!(AXIS.bar(25, 20), "  ▐█▌     ");
    }

    #[test]
    fn the_shortest_span_is_visible_even_at_the_end() {
        assert_eq!(AXIS.bar(0, 0), "▌         ");
        assert_eq!(AXIS.bar(100, 0), "         ▐");
        assert_eq!(AXIS.bar(u64::MAX, u64::MAX), "         ▐");
        assert_eq!(Axis { columns: 3, duration: 0 }.bar(0, 0), "▌  ");
        assert_eq!(Axis { columns: 0, duration: 0 }.bar(0, 0), "");
    }
}
