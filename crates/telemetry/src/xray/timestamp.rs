//! Times as AWS writes them: `20150830T123600Z` in signatures, ISO 8601 in credentials.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: u64 = 86_400;

/// `YYYYMMDD'T'HHMMSS'Z'`, as the header `X-Amz-Date` has it. Times before 1970 are 1970.
pub(super) fn basic(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = civil(seconds / SECONDS_PER_DAY);
    let of_day = seconds % SECONDS_PER_DAY;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Parses `YYYY-MM-DDTHH:MM:SS`, a fraction that is ignored, and `Z`. `None` for anything else, and before 1970.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let time = time.split_once('.').map_or(time, |(time, _)| time);
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let is_valid = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let seconds = days(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    is_valid.then(|| UNIX_EPOCH + Duration::from_secs(seconds))
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let is_number = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok())?
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar. Years begin in March, so that the leap day is the
/// last one (Howard Hinnant, `days_from_civil`).
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.saturating_sub(1), month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month + 2) / 5 + day.saturating_sub(1);
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).saturating_sub(719_468)
}

/// Year, month and day (`civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + era * 400, if month < 10 { month + 3 } else { month - 9 });
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_signatures_are_in_the_basic_format() {
        let at = |seconds| basic(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "19700101T000000Z");
        assert_eq!(at(1_440_938_160), "20150830T123600Z");
        assert_eq!(at(951_782_399), "20000228T235959Z");
        assert_eq!(at(951_782_400), "20000229T000000Z");
        assert_eq!(at(4_107_542_400), "21000301T000000Z");
        assert_eq!(basic(UNIX_EPOCH - Duration::from_secs(1)), "19700101T000000Z");
    }

    #[test]
    fn every_day_of_four_centuries_is_written_as_it_is_read() {
        for day in 0..146_097 {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
            let time = UNIX_EPOCH + Duration::from_secs(day * SECONDS_PER_DAY + 3723);
            assert_eq!(parse(&format!("{year}-{month:02}-{date:02}T01:02:03Z")), Some(time));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_parsed_without_a_panic(text in "[0-9TZ:.+-]{0,30}") {
            let _time = parse(&text);
        }
    }

    #[test]
    fn expirations_are_read_and_nothing_else() {
        let time = UNIX_EPOCH + Duration::from_secs(24_015_636 * 60);
        for text in ["2015-08-30T12:36:00Z", "2015-08-30T12:36:00.123Z"] {
            assert_eq!(parse(text), Some(time), "{text}");
        }
        for text in [
            "",
            "Z",
            "2015-08-30",
            "2015-08-30T12:36:00",
            "2015-08-30T12:36:00+02:00",
            "2015-13-30T12:36:00Z",
            "2015-00-30T12:36:00Z",
            "2015-08-32T12:36:00Z",
            "2015-08-30T24:36:00Z",
            "2015-08-30T12:36Z",
            "1969-08-30T12:36:00Z",
            "99999-08-30T12:36:00Z",
            "2015-08-30-1T12:36:00Z",
            "+201-08-30T12:36:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
