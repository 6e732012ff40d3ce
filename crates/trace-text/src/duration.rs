//! Durations for people.

/// A duration with three significant digits.
pub fn duration(nanoseconds: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "only three digits are shown")]
    let exact = nanoseconds as f64;
    let (value, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds} ns"),
        1_000..999_500 => (exact / 1e3, "µs"),
        999_500..999_500_000 => (exact / 1e6, "ms"),
        _ => (exact / 1e9, "s"),
    };
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {unit}")
}
