//! Byte ranges inside a body, 32 bits each.

/// Largest body that is stored, whatever the receiver allows: byte ranges are 32 bits wide.
pub(crate) const MAX_BODY: usize = 1 << 30;

/// Part of a body of at most [`MAX_BODY`] bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl ByteRange {
    /// The range of `part`, which was borrowed from `whole`.
    pub(crate) fn of(part: &[u8], whole: &[u8]) -> Self {
        if part.is_empty() {
            return Self::default();
        }
        let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            len: u32::try_from(part.len()).unwrap_or(u32::MAX),
        }
    }

    pub(crate) fn get(self, whole: &[u8]) -> &[u8] {
        let start = self.start as usize;
        whole.get(start..start.saturating_add(self.len as usize)).unwrap_or_default()
    }
}
