//! Durations for people.

const MINUTE: u64 = 60_000_000_000;

/// A duration with three significant digits; from a minute on, in the two largest units: `2 m 05 s`, `26 h 40 m`, `3 d 04 h`.
pub fn duration(nanoseconds: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "only three digits are shown")]
    let exact = nanoseconds as f64;
    let (value, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds} ns"),
        1_000..999_500 => (exact / 1e3, "µs"),
        999_500..999_500_000 => (exact / 1e6, "ms"),
        // Rounding must not print "60.0 s".
        _ if nanoseconds >= MINUTE - 50_000_000 => return long(nanoseconds),
        _ => (exact / 1e9, "s"),
    };
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {unit}")
}

/// The numbers round as those of the page do.
fn long(nanoseconds: u64) -> String {
    let round = |value: u64, unit: u64| value.saturating_add(unit / 2) / unit;
    let seconds = round(nanoseconds, 1_000_000_000);
    let minutes = round(seconds, 60);
    let hours = round(minutes, 60);
    match nanoseconds {
        _ if nanoseconds < 60 * MINUTE => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ if nanoseconds < 48 * 60 * MINUTE => format!("{} h {:02} m", minutes / 60, minutes % 60),
        _ => format!("{} d {:02} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_a_minute_on_there_are_two_units() {
        let of = |seconds: u64| duration(seconds * 1_000_000_000);
        assert_eq!([of(59), of(60), of(125)], ["59.0 s", "1 m 00 s", "2 m 05 s"]);
        assert_eq!(duration(59_960_000_000), "1 m 00 s");
        assert_eq!([of(3_600), of(96_000), of(734_400)], ["1 h 00 m", "26 h 40 m", "8 d 12 h"]);
    }
}
