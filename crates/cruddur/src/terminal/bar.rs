//! One bar on the common axis, exact to half a column.

/// The axis: the whole trace on so many columns.
pub(super) struct Axis {
    pub(super) columns: usize,
    pub(super) duration: u64,
}

impl Axis {
    /// A bar. However short, it is seen.
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

    /// Where the axis begins and how long it is.
    pub(super) fn ticks(&self) -> String {
        let (start, end) = ("0", super::duration(self.duration));
        let between = self.columns.saturating_sub(start.len() + super::text::width(&end));
        format!("{start}{}{end}", " ".repeat(between))
    }

    /// In halves of columns.
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
    fn a_bar_is_where_and_as_long_as_the_span() {
        assert_eq!(AXIS.bar(0, 100), "██████████");
        assert_eq!(AXIS.bar(20, 30), "  ███     ");
        assert_eq!(AXIS.bar(25, 20), "  ▐█▌     ");
    }

    #[test]
    fn the_shortest_span_is_seen_even_at_the_end() {
        assert_eq!(AXIS.bar(0, 0), "▌         ");
        assert_eq!(AXIS.bar(100, 0), "         ▐");
        assert_eq!(AXIS.bar(u64::MAX, u64::MAX), "         ▐");
        assert_eq!(Axis { columns: 3, duration: 0 }.bar(0, 0), "▌  ");
        assert_eq!(Axis { columns: 0, duration: 0 }.bar(0, 0), "");
    }
}
