//! Numbers of volumes and chunks, and what kind of request a chunk holds.

/// Number of a volume. Newer volumes have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VolumeId(pub(crate) u32);

impl VolumeId {
    /// The first chunk number that this volume assigns.
    pub(crate) const fn first_chunk(self) -> u64 {
        (self.0 as u64) << 32
    }
}

/// Number of a chunk, in the order of writing. Numbers are never reused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChunkId(pub(crate) u64);

/// Set in the index for chunks that arrived, so that retained chunks sort below all of them.
const ARRIVED: u64 = 1 << 63;

impl ChunkId {
    /// The first possible id of a chunk that arrived.
    pub(super) const FIRST_ARRIVED: Self = Self(ARRIVED);

    /// The id in the index of a chunk that has this number on disk.
    pub(crate) const fn of(number: Self, content: ContentKind) -> Self {
        if content.is_retained() { number } else { Self(number.0 | ARRIVED) }
    }

    /// The number on disk.
    pub(super) const fn number(self) -> Self {
        Self(self.0 & !ARRIVED)
    }

    pub(crate) const fn is_retained(self) -> bool {
        self.0 < ARRIVED
    }
}

/// Which kind of request a chunk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentKind {
    Spans,
    Logs,
    /// Spans of retained traces, written again on eviction.
    RetainedSpans,
    /// Log records of retained traces, written again on eviction.
    RetainedLogs,
}

impl ContentKind {
    pub(crate) const fn is_retained(self) -> bool {
        matches!(self, Self::RetainedSpans | Self::RetainedLogs)
    }

    /// The kind of a chunk that retains records of this one.
    pub(crate) const fn retained(self) -> Self {
        match self {
            Self::Spans | Self::RetainedSpans => Self::RetainedSpans,
            Self::Logs | Self::RetainedLogs => Self::RetainedLogs,
        }
    }
}
