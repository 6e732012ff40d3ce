//! Times as databases and wires want them.

use jiff::Timestamp;

/// A time as it is stored: microseconds since 1970, which every database holds exactly.
pub fn to_micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A stored time. One outside the years that can be written (-9999 to 9999) becomes the nearest that can.
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// Now, as precisely as a time is stored, so that what is answered first is what is read later.
pub fn now() -> Timestamp {
    from_micros(Timestamp::now().as_microsecond())
}
