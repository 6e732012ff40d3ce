//! What memory really costs: an allocator puts a header before everything, and rounds up.

/// What an allocation of so many bytes takes from the system's allocator.
pub(crate) const fn allocated(bytes: usize) -> usize {
    const HEADER: usize = 8;
    const LEAST: usize = 32;
    const STEP: usize = 16;
    if bytes == 0 {
        return 0;
    }
    let rounded = (bytes + HEADER).next_multiple_of(STEP);
    if rounded < LEAST { LEAST } else { rounded }
}

/// What a list takes that has room for so many.
pub(crate) const fn of_capacity<T>(capacity: usize) -> usize {
    allocated(capacity * size_of::<T>())
}

/// What a shared text takes: it stands behind two counters.
pub(crate) const fn of_text(text: &str) -> usize {
    allocated(2 * size_of::<usize>() + text.len())
}
