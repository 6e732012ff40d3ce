//! Size of heap allocations as the system's allocator counts them, header and rounding included.

/// Bytes that an allocation of `bytes` takes from the system's allocator.
pub(crate) const fn of_bytes(bytes: usize) -> usize {
    const HEADER: usize = 8;
    const MIN: usize = 32;
    const STEP: usize = 16;
    if bytes == 0 {
        return 0;
    }
    let rounded = (bytes + HEADER).next_multiple_of(STEP);
    if rounded < MIN { MIN } else { rounded }
}

/// Bytes that the buffer of a `Vec<T>` with this capacity takes.
pub(crate) const fn of_capacity<T>(capacity: usize) -> usize {
    of_bytes(capacity * size_of::<T>())
}

/// Bytes that an `Arc<str>` takes: the text follows two reference counters.
pub(crate) const fn of_arc_str(text: &str) -> usize {
    of_bytes(2 * size_of::<usize>() + text.len())
}
