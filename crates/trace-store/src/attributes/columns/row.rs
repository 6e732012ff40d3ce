//! Row numbers: which span of a chunk a column value belongs to.

/// Number of a span among those that were stored of a chunk; or [`Row::ANY`], for attributes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row(u16);

impl Row {
    pub(super) const LEN: usize = size_of::<u16>();
    /// Any span of the chunk may have the value.
    pub(crate) const ANY: Self = Self(u16::MAX);

    /// The row of a span. `None` when the number is too large.
    pub(super) fn new(number: u32) -> Option<Self> {
        u16::try_from(number).ok().map(Self).filter(|row| *row != Self::ANY)
    }

    /// `None` for [`Row::ANY`].
    pub(super) fn number(self) -> Option<u32> {
        (self != Self::ANY).then_some(u32::from(self.0))
    }

    pub(super) const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(u16::from_le_bytes(bytes))
    }

    pub(super) const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0.to_le_bytes()
    }
}
