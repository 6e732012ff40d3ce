//! Hashes and tokens of attributes.
//!
//! The hash covers a `KeyValue` message as it is encoded, key and value together. The token is its upper half.

use std::{collections::HashSet, hash::BuildHasher};

use foldhash::fast::{FixedState, RandomState};
use trace_model::wire::Writer;

/// Attributes of one span that get a token. A span with more is found by its first ones.
pub(crate) const MAX_ATTRIBUTES: usize = 128;

/// Upper half of an attribute's hash. Among a million values, some share the token of another.
pub(crate) type Token = u32;
/// Hash of an attribute. Two values do not share one in practice.
pub(crate) type AttributeHash = u64;

/// The hash of a `KeyValue` message. Every encoder writes the key first. An attribute in another order is not found by
/// its token, only by decoding the span.
pub(crate) fn hash(key_value: &[u8]) -> AttributeHash {
    FixedState::default().hash_one(key_value)
}

/// The upper half of a hash: tokens sort like their hashes.
pub(crate) fn token_of(hash: AttributeHash) -> Token {
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// The lower half of a hash.
pub(crate) fn low_half(hash: AttributeHash) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}

/// The token of an attribute whose value is bytes.
pub(crate) fn token_of_bytes(key: &str, value: &[u8]) -> Token {
    let mut out = Writer::new();
    out.bytes(1, key.as_bytes());
    let any_value = out.begin(2);
    out.bytes(7, value);
    out.end(any_value);
    token_of(hash(&out.into_bytes()))
}

/// The tokens of a key with a value written as text: one for each type whose text it may be.
pub(crate) fn tokens_of_text(key: &str, value: &str) -> HashSet<Token, RandomState> {
    let mut tokens = HashSet::default();
    let mut add = |write: &dyn Fn(&mut Writer)| {
        let mut out = Writer::new();
        out.bytes(1, key.as_bytes());
        let any_value = out.begin(2);
        write(&mut out);
        out.end(any_value);
        tokens.insert(token_of(hash(&out.into_bytes())));
    };
    add(&|out| out.bytes(1, value.as_bytes()));
    if let Ok(bit) = value.parse::<bool>() {
        add(&|out| out.varint(2, u64::from(bit)));
    }
    if let Ok(int) = value.parse::<i64>() {
        add(&|out| out.varint(3, int.cast_unsigned()));
    }
    if let Ok(double) = value.parse::<f64>() {
        add(&|out| out.fixed64(4, double.to_bits()));
        #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
        if double.fract() == 0.0 && double.abs() < 9e15 {
            add(&|out| out.varint(3, (double as i64).cast_unsigned()));
        }
    }
    tokens
}
