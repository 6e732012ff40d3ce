//! Fast formatting of floating-point numbers, for comparison as texts.

use std::ops::Range;

/// Formats numbers like [`std::fmt::Display`] in a fraction of the time: the shortest digits that round-trip, never
/// with an exponent. Of two texts at the same distance it takes the one with an even last digit, as `JavaScript`
/// does; `Display` takes the larger.
#[derive(Default)]
pub(crate) struct RealWriter {
    buffer: zmij::Buffer,
    expanded: String,
}

impl RealWriter {
    pub(crate) fn write(&mut self, real: f64) -> &str {
        /// Within this range, and for zero, `zmij` writes no exponent.
        const PLAIN: Range<f64> = 1e-5..1e16;
        if real.is_nan() {
            return "NaN";
        }
        if real.is_infinite() {
            return if real > 0.0 { "inf" } else { "-inf" };
        }
        let text = self.buffer.format_finite(real);
        if PLAIN.contains(&real.abs()) || real == 0.0 {
            return if is_whole(real) { text.strip_suffix(".0").unwrap_or(text) } else { text };
        }
        self.expanded.clear();
        write_expanded(text, &mut self.expanded);
        &self.expanded
    }
}

/// Whether it is an integer. Testing the number is faster than testing its text, whose last bytes were just written.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "then the result differs from the input"
)]
#[expect(clippy::float_cmp, reason = "compares all bits")]
fn is_whole(real: f64) -> bool {
    (real as i64) as f64 == real
}

/// Expands scientific notation. The exponent leaves none or all digits after the decimal point.
fn write_expanded(text: &str, out: &mut String) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i16 = exponent.parse().unwrap_or_default();
    let digits = mantissa.trim_start_matches('-');
    if digits.len() < mantissa.len() {
        out.push('-');
    }
    let (first, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let places = usize::from(exponent.unsigned_abs());
    let zeros = |count: usize| std::iter::repeat_n('0', count);
    if exponent < 0 {
        out.push_str("0.");
        out.extend(zeros(places - 1));
    }
    out.push_str(first);
    out.push_str(fraction);
    if exponent > 0 {
        out.extend(zeros(places.saturating_sub(fraction.len())));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn formatted(real: f64) -> String {
        RealWriter::default().write(real).to_owned()
    }

    fn with_last_digit(text: &str) -> (&str, u32) {
        let (rest, last) = text.split_at(text.len() - 1);
        (rest, last.parse().unwrap())
    }

    proptest! {
        #[test]
        fn numbers_are_formatted_as_by_the_standard_library(bits: u64, power in -30..30_i32) {
            let short = f64::from(u32::try_from(bits >> 32).unwrap());
            for real in [f64::from_bits(bits), short * 10_f64.powi(power), short * 2_f64.powi(power)] {
                let (ours, theirs) = (formatted(real), real.to_string());
                if ours != theirs {
                    let ((rest, last), (same, next)) = (with_last_digit(&ours), with_last_digit(&theirs));
                    prop_assert!(rest == same && last % 2 == 0 && next == last + 1, "{ours} {theirs}");
                    prop_assert_eq!(ours.parse(), Ok(real));
                }
            }
        }
    }

    #[test]
    fn no_number_has_an_exponent() {
        let small = [0.0, 1e-5, 1.5e-5, 9.9e-6, 1e-6, -1.25e-7, 5e-324, f64::MIN_POSITIVE];
        let large =
            [1e15, 1.5e15, 9_007_199_254_740_993.0, 1e16, 1.5e16, 1e22, 1e23, 123_456_789e30, f64::MAX];
        for real in small.into_iter().chain(large).chain([f64::NAN, f64::INFINITY]) {
            assert_eq!([formatted(real), formatted(-real)], [real.to_string(), (-real).to_string()]);
        }
        assert_eq!(formatted(1_125_899_906_842_624.3), "1125899906842624.2");
        assert_eq!(formatted(1_125_899_906_842_624.8), "1125899906842624.8");
    }
}
