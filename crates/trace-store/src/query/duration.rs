//! Durations in a query, with units.

/// Parses `50ms`, `1.5s`, `200us`, `200µs`, `3m`, `2h`, `7d`, `10ns`, or several in a row, as in `1h30m`, to
/// nanoseconds.
pub fn parse(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        nanos += number.parse::<f64>().ok()? * scale(unit)?;
        rest = tail;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sign is not accepted, and casts saturate"
    )]
    (!text.is_empty()).then_some(nanos.round() as u64)
}

fn scale(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3_600e9,
        "d" => 86_400e9,
        _ => return None,
    })
}
