//! What a translation writes.

use crate::{time::Clamp, wire::Writer};

/// A message in protobuf, and the times in it that were out of range.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) writer: Writer,
    pub(crate) clamp: Clamp,
}
