//! Where a page begins and how long it is.

use activities_api::{DEFAULT_LIMIT, MAX_LIMIT, Paging};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use problem::Violation;
use uuid::Uuid;

/// A page that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub limit: usize,
    /// The last one that the caller has; the newest page when absent.
    pub after: Option<Place>,
}

/// A place in a list that is ordered by time, newest first: it stays where it is whatever is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub created_at: i64,
    pub uuid: Uuid,
}

/// A page as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Slice<T> {
    pub items: Vec<T>,
    /// The last of them, when there are more.
    pub next: Option<Place>,
}

impl Window {
    /// Checks what arrived, and says all that is wrong with it.
    pub(crate) fn parse(paging: &Paging) -> Result<Self, Vec<Violation>> {
        match (limit(paging.limit.as_deref()), paging.cursor.as_deref().map(Place::decode).transpose()) {
            (Ok(limit), Ok(after)) => Ok(Self { limit, after }),
            (limit, after) => Err([limit.err(), after.err()].into_iter().flatten().collect()),
        }
    }

    /// One more than the page holds: whether it is there tells whether there is a next page.
    pub(crate) fn fetch(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// The page from what [`Window::fetch`] brought.
    pub(crate) fn slice<T>(&self, mut items: Vec<T>, place: impl Fn(&T) -> Place) -> Slice<T> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next = if more { items.last().map(place) } else { None };
        Slice { items, next }
    }
}

impl Place {
    pub(crate) fn encode(self) -> String {
        let mut bytes = [0; 24];
        let (time, uuid) = bytes.split_at_mut(8);
        time.copy_from_slice(&self.created_at.to_be_bytes());
        uuid.copy_from_slice(self.uuid.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Result<Self, Violation> {
        Self::from_base64(text).ok_or_else(|| {
            Violation::new("invalid_cursor", "cursor", "it must be the next_cursor of the page before")
        })
    }

    fn from_base64(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (time, uuid) = bytes.split_first_chunk()?;
        Some(Self { created_at: i64::from_be_bytes(*time), uuid: Uuid::from_slice(uuid).ok()? })
    }
}

fn limit(text: Option<&str>) -> Result<usize, Violation> {
    let limit = text.map_or(Ok(DEFAULT_LIMIT), str::parse);
    match limit.ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).map(usize::try_from) {
        Some(Ok(limit)) => Ok(limit),
        _ => Err(Violation::new("invalid_limit", "limit", format!("it must be from 1 to {MAX_LIMIT}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_cursor() {
        for created_at in [i64::MIN, -1, 0, 1_700_000_000_000_000, i64::MAX] {
            let place = Place { created_at, uuid: Uuid::now_v7() };
            assert_eq!(Place::decode(&place.encode()).unwrap(), place);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let long = "A".repeat(33);
        for text in ["", "A", "AAAA", "not a cursor", "\0", "é", &long, &"A".repeat(4096)] {
            assert_eq!(Place::decode(text).unwrap_err().code, "invalid_cursor", "{text:?}");
        }
    }

    #[test]
    fn a_limit_is_from_1_to_100() {
        for (text, expected) in [(None, Some(20)), (Some("1"), Some(1)), (Some("100"), Some(100))] {
            assert_eq!(limit(text).ok(), expected);
        }
        for text in ["", "0", "-1", "101", "1e2", "99999999999999999999", "ten"] {
            assert_eq!(limit(Some(text)).unwrap_err().code, "invalid_limit", "{text:?}");
        }
    }
}
