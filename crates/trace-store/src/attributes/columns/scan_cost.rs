//! Cost of scanning column values, in bytes of span data whose reading takes as long.

/// A section: the first access misses the cache.
pub(super) const SECTION: usize = 64;
pub(super) const NUMBER: usize = 2;
/// A number that is formatted as text.
pub(super) const INT_AS_TEXT: usize = 12;
pub(super) const REAL_AS_TEXT: usize = 8;
/// A text that is compared on its own.
pub(super) const TEXT: usize = 6;
/// Bytes of text that a substring search passes at the cost of one.
pub(super) const SEARCHED_BYTES: usize = 8;
/// A row that matches.
pub(super) const MATCH: usize = 5;
