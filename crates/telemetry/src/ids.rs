//! Random trace and span ids, from one generator per thread that makes no system calls.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use opentelemetry::trace::{SpanId, TraceId};

thread_local! {
    static STATE: Cell<[u64; 4]> = Cell::new(seed());
}

/// Seeds from the keys of the standard library's hasher, which come from the operating system, and from the thread's
/// id.
fn seed() -> [u64; 4] {
    [0_u8, 1, 2, 3]
        .map(|part| RandomState::new().hash_one((part, std::thread::current().id())) | u64::from(part == 0))
}

/// xoshiro256++ (Blackman and Vigna). With 256 bits of state, two threads do not produce the same sequence.
fn next([a, b, c, d]: &mut [u64; 4]) -> u64 {
    let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
    let shifted = *b << 17;
    *c ^= *a;
    *d ^= *b;
    *b ^= *c;
    *a ^= *d;
    *c ^= shifted;
    *d = d.rotate_left(45);
    result
}

/// Draws numbers from this thread's generator.
fn draw<const NUMBERS: usize>() -> [u64; NUMBERS] {
    STATE.with(|cell| {
        let mut state = cell.get();
        let numbers = std::array::from_fn(|_| next(&mut state));
        cell.set(state);
        numbers
    })
}

/// A random, valid trace id.
pub(crate) fn trace_id() -> TraceId {
    let [high, low] = draw();
    TraceId::from((u128::from(high) << 64 | u128::from(low)).max(1))
}

/// A random, valid span id.
pub(crate) fn span_id() -> SpanId {
    let [id] = draw();
    SpanId::from(id.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn threads_never_generate_the_same_id() {
        let threads: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(|| (0..10_000).map(|_| trace_id()).collect::<Vec<_>>()))
            .collect();
        let ids: Vec<TraceId> =
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }

    #[test]
    fn every_bit_of_an_id_is_set_in_half_of_the_ids() {
        const IDS: u32 = 20_000;
        for bit in 0..128 {
            let set: u32 =
                (0..IDS).map(|_| u32::from(u128::from_be_bytes(trace_id().to_bytes()) >> bit & 1 == 1)).sum();
            assert!((IDS * 46 / 100..IDS * 54 / 100).contains(&set), "bit {bit} was set {set} times");
        }
    }
}
