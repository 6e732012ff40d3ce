//! Timestamps as databases and JSON represent them.

use jiff::Timestamp;

/// A time as it is stored: microseconds since 1970, which every database represents exactly.
pub fn to_micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A stored time, clamped to the years that can be formatted (-9999 to 9999).
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The current time in microseconds, the stored precision: the response to a write equals later reads.
pub fn now() -> Timestamp {
    from_micros(Timestamp::now().as_microsecond())
}
