//! Pages of a sorted list of names, which senders choose and of which there may be very many.
//!
//! Query parameters: `limit`, at most and by default 10,000 names, and `offset`. A page also ends after 1 MiB of names. A
//! legacy response has the position of its page in `total`, `limit` and `offset`. A v3 response that lacks names has
//! `notShown`, their number, and `nextOffset`.

use std::sync::Arc;

use serde::Serialize;

use crate::api::parameters::Parameters;

/// Names on a page.
const MAX_NAMES: usize = 10_000;
/// Bytes of the names on a page, the last one aside.
const MAX_BYTES: usize = 1 << 20;

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NamePage<T> {
    pub(super) items: Vec<T>,
    /// Items of the whole list.
    pub(super) total: usize,
    /// Items of a page, or zero where neither the request nor a bound limits the page.
    pub(super) limit: usize,
    pub(super) offset: usize,
}

/// What a page lacks.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rest {
    not_shown: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<usize>,
}

impl<T> NamePage<T> {
    /// The page that the parameters select. Parameters that are no whole numbers are ignored, as Jaeger ignores them.
    pub(super) fn of(parameters: &Parameters, all: Vec<T>, name: impl Fn(&T) -> &Arc<str>) -> Self {
        let number = |name: &str| parameters.get(&[name]).and_then(|text| text.parse::<usize>().ok());
        let (wanted, offset) = (number("limit"), number("offset").unwrap_or(0));
        let total = all.len();
        let mut bytes = 0;
        let fits = |item: &T| {
            let has_room = bytes < MAX_BYTES;
            bytes += name(item).len();
            has_room
        };
        let limit = wanted.unwrap_or(MAX_NAMES).min(MAX_NAMES);
        let items: Vec<T> = all.into_iter().skip(offset).take(limit).take_while(fits).collect();
        let is_whole = wanted.is_none() && items.len() == total;
        Self { items, total, limit: if is_whole { 0 } else { limit }, offset }
    }

    /// `None` where the page has the whole list.
    pub(super) fn rest(&self) -> Option<Rest> {
        let (shown, end) = (self.items.len(), self.offset.saturating_add(self.items.len()));
        let next_offset = (end < self.total && shown > 0).then_some(end);
        (shown < self.total).then(|| Rest { not_shown: self.total - shown, next_offset })
    }
}
