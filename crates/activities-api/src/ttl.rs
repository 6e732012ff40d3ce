//! Time to live of an activity.

use jiff::SignedDuration;
use problem::Violation;

/// The time after which an activity expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    ThirtyDays,
    SevenDays,
    ThreeDays,
    OneDay,
    TwelveHours,
    ThreeHours,
    OneHour,
}

/// A text is not a time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidTtl {
    Blank,
    Unknown,
}

impl Ttl {
    pub const ALL: [Self; 7] = [
        Self::ThirtyDays,
        Self::SevenDays,
        Self::ThreeDays,
        Self::OneDay,
        Self::TwelveHours,
        Self::ThreeHours,
        Self::OneHour,
    ];

    /// # Errors
    /// [`InvalidTtl`] unless the text is the name of one of [`Ttl::ALL`].
    pub fn parse(text: &str) -> Result<Self, InvalidTtl> {
        if text.trim().is_empty() {
            return Err(InvalidTtl::Blank);
        }
        Self::ALL.into_iter().find(|ttl| ttl.as_str() == text).ok_or(InvalidTtl::Unknown)
    }

    /// The name in JSON, such as `30-days`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ThirtyDays => "30-days",
            Self::SevenDays => "7-days",
            Self::ThreeDays => "3-days",
            Self::OneDay => "1-day",
            Self::TwelveHours => "12-hours",
            Self::ThreeHours => "3-hours",
            Self::OneHour => "1-hour",
        }
    }

    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::ThirtyDays => 30 * 24,
            Self::SevenDays => 7 * 24,
            Self::ThreeDays => 3 * 24,
            Self::OneDay => 24,
            Self::TwelveHours => 12,
            Self::ThreeHours => 3,
            Self::OneHour => 1,
        })
    }
}

impl InvalidTtl {
    /// The `code` of the violation.
    pub fn code(self) -> &'static str {
        match self {
            Self::Blank => "ttl_blank",
            Self::Unknown => "ttl_invalid",
        }
    }
}

impl std::fmt::Display for InvalidTtl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it must be one of {}", Ttl::ALL.map(Ttl::as_str).join(", "))
    }
}

impl std::error::Error for InvalidTtl {}

impl From<InvalidTtl> for Violation {
    fn from(error: InvalidTtl) -> Self {
        Self::new(error.code(), "ttl", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ttl_parses_from_its_name() {
        for ttl in Ttl::ALL {
            assert_eq!(Ttl::parse(ttl.as_str()), Ok(ttl));
        }
    }

    #[test]
    fn blank_and_unknown_ttls_are_rejected() {
        for (text, error) in [
            ("", InvalidTtl::Blank),
            (" ", InvalidTtl::Blank),
            ("2-days", InvalidTtl::Unknown),
            ("1-DAY", InvalidTtl::Unknown),
        ] {
            assert_eq!(Ttl::parse(text), Err(error), "{text:?}");
        }
    }
}
