//! Keyset pagination: page requests, cursors and pages.

use activities_api::{DEFAULT_LIMIT, MAX_LIMIT, Paging};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use problem::Violation;
use uuid::Uuid;

/// A requested page of a list that is ordered by time, newest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRequest {
    pub limit: usize,
    /// The last item of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

/// The position of an item in a list that is ordered by time. New items do not move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub created_at: i64,
    pub uuid: Uuid,
}

/// The items of a page.
#[derive(Clone, Debug)]
pub(crate) struct PageItems<T> {
    pub items: Vec<T>,
    /// The position of the last item, if more items follow.
    pub next: Option<Cursor>,
}

impl PageRequest {
    /// # Errors
    /// All violations of the input.
    pub(crate) fn parse(paging: &Paging) -> Result<Self, Vec<Violation>> {
        let limit = parse_limit(paging.limit.as_deref());
        let after = paging.cursor.as_deref().map(Cursor::decode).transpose();
        match (limit, after) {
            (Ok(limit), Ok(after)) => Ok(Self { limit, after }),
            (limit, after) => Err([limit.err(), after.err()].into_iter().flatten().collect()),
        }
    }

    /// A page of `limit` items, after the item that `cursor` names.
    ///
    /// # Errors
    /// The violation of an invalid cursor.
    pub(crate) fn after(cursor: Option<&str>, limit: usize) -> Result<Self, Violation> {
        Ok(Self { limit, after: cursor.map(Cursor::decode).transpose()? })
    }

    /// The number of rows to fetch: one more than the page has shows whether a next page exists.
    pub(crate) fn fetch_limit(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// The exclusive upper bound of `(created_at, uuid)` on this page; the first page is bounded by the end of time.
    pub(crate) fn upper_bound(&self) -> (i64, String) {
        self.after.map_or((i64::MAX, String::new()), |cursor| (cursor.created_at, cursor.uuid.to_string()))
    }

    /// Builds the page from the items that [`Self::fetch_limit`] fetched.
    pub(crate) fn page<T>(&self, mut items: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> PageItems<T> {
        let has_next = items.len() > self.limit;
        items.truncate(self.limit);
        let next = if has_next { items.last().map(cursor) } else { None };
        PageItems { items, next }
    }
}

impl Cursor {
    pub(crate) fn encode(self) -> String {
        let mut bytes = [0; 24];
        let (time, uuid) = bytes.split_at_mut(8);
        time.copy_from_slice(&self.created_at.to_be_bytes());
        uuid.copy_from_slice(self.uuid.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Result<Self, Violation> {
        Self::from_base64(text).ok_or_else(|| {
            Violation::new("invalid_cursor", "cursor", "it must be the cursor that the previous page gave")
        })
    }

    fn from_base64(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (time, uuid) = bytes.split_first_chunk()?;
        Some(Self { created_at: i64::from_be_bytes(*time), uuid: Uuid::from_slice(uuid).ok()? })
    }
}

fn parse_limit(text: Option<&str>) -> Result<usize, Violation> {
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
    fn cursor_round_trips_through_its_encoding() {
        for created_at in [i64::MIN, -1, 0, 1_700_000_000_000_000, i64::MAX] {
            let cursor = Cursor { created_at, uuid: Uuid::now_v7() };
            assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        }
    }

    #[test]
    fn malformed_cursors_are_rejected() {
        let long = "A".repeat(33);
        for text in ["", "A", "AAAA", "not a cursor", "\0", "é", &long, &"A".repeat(4096)] {
            assert_eq!(Cursor::decode(text).unwrap_err().code, "invalid_cursor", "{text:?}");
        }
    }

    #[test]
    fn limit_must_be_from_1_to_100() {
        for (text, expected) in [(None, Some(20)), (Some("1"), Some(1)), (Some("100"), Some(100))] {
            assert_eq!(parse_limit(text).ok(), expected);
        }
        for text in ["", "0", "-1", "101", "1e2", "99999999999999999999", "ten"] {
            assert_eq!(parse_limit(Some(text)).unwrap_err().code, "invalid_limit", "{text:?}");
        }
    }
}
