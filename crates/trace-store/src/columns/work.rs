//! What a look at values costs, in bytes read that take as long.

/// A section: it has to be waited for.
pub(super) const SECTION: usize = 64;
pub(super) const NUMBER: usize = 2;
/// A number that has to be written out.
pub(super) const INT_AS_TEXT: usize = 12;
pub(super) const REAL_AS_TEXT: usize = 8;
/// A text that is looked at alone.
pub(super) const TEXT: usize = 6;
/// Texts that are looked through for a part: so many bytes are as one.
pub(super) const BYTES_LOOKED_THROUGH: usize = 8;
pub(super) const FOUND: usize = 5;
