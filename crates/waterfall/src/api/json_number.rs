//! Integers that JavaScript numbers represent exactly.

/// `Number.MAX_SAFE_INTEGER`. In nanoseconds it is 104 days.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Clamps a value to what a JavaScript number represents exactly.
pub(super) const fn clamp_to_safe(value: u64) -> u64 {
    if value > MAX_SAFE_INTEGER { MAX_SAFE_INTEGER } else { value }
}

/// The same for a value that may be negative.
pub(super) const fn clamp_signed_to_safe(value: i64) -> i64 {
    const LIMIT: i64 = MAX_SAFE_INTEGER.cast_signed();
    if value > LIMIT {
        LIMIT
    } else if value < -LIMIT {
        -LIMIT
    } else {
        value
    }
}
