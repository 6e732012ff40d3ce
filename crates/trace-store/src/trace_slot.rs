//! Slot numbers: where the index keeps a trace in memory.

/// Traces in one page of memory. With a single page, all traces would have to move whenever it grew.
pub(crate) const PAGE: usize = 64;

/// Number of the slot that holds a trace. After the trace is removed, the slot may hold another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct TraceSlot(u32);

impl TraceSlot {
    /// The slot at a position of a page.
    pub(crate) fn new(page: usize, position: usize) -> Self {
        // A trace takes hundreds of bytes: the memory limit is reached long before 2^32 of them.
        Self(u32::try_from(page * PAGE + position).unwrap_or(u32::MAX))
    }

    pub(crate) const fn page(self) -> usize {
        self.0 as usize / PAGE
    }

    pub(crate) const fn position(self) -> usize {
        self.0 as usize % PAGE
    }
}
