//! Which attributes the spans of a trace have, as 32-bit tokens, and which values a key was seen with.
//!
//! A token is half of the hash of an attribute as it stands on the wire, key and value together. Every trace holds the
//! tokens of all its spans, so that a search looks at its bytes only when they are likely to hold what it looks for. The
//! dictionary knows the texts behind the tokens, as far as it has room: for conditions other than equality, and for
//! completion. What it has no room for is held in [`crate::columns`].

use std::{
    collections::{BTreeMap, HashSet},
    hash::BuildHasher,
    sync::Arc,
};

use foldhash::fast::{FixedState, RandomState};
use trace_model::{Attribute, Value, wire::Writer};

use crate::{
    digest::Bloom,
    marked::{self, Marked, Spans},
    query::{Text, comparable, number_of},
};

/// Distinct values that are remembered of one key; beyond, only equality can be decided by tokens.
const MAX_VALUES: usize = 512;
/// Distinct keys that are remembered.
const MAX_KEYS: usize = 4096;
/// Longer keys are not remembered.
const MAX_KEY: usize = 256;
/// Longer values are long. SQL is, and prompts are, and of some keys there are few different.
const MAX_TEXT: usize = 1024;
/// All long values that are remembered of one key.
const MAX_LONG_OF_KEY: usize = 256 << 10;
/// All long values that are remembered. One key of which they all differ leaves most of it.
const MAX_LONG: usize = 1 << 20;
/// All remembered text.
const MAX_BYTES: usize = 8 << 20;

/// The attributes of one span looked at for tokens; a span with more is found by its first ones.
pub(crate) const MAX_ATTRIBUTES: usize = 128;

pub(crate) type Token = u32;
/// Of a million values some have the token of another that is known. None has its hash.
pub(crate) type Hash = u64;

/// The number of a key in the dictionary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyId(u16);

/// The hash of a `KeyValue` message. Every encoder writes the key first; what another order hashes to is not found by
/// its value, only by looking.
pub(crate) fn hash(key_value: &[u8]) -> Hash {
    FixedState::default().hash_one(key_value)
}

/// The upper half of a hash: tokens are in the order of their hashes.
pub(crate) fn token_of(hash: Hash) -> Token {
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// The other half.
pub(crate) fn low_half(hash: Hash) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}

/// The key of a `KeyValue` message as it stands there: first, after its tag and its length. Longer keys than one byte can tell
/// the length of are nobody's that is asked for.
pub(crate) fn key(key_value: &[u8]) -> Option<&[u8]> {
    key_value.get(2..2 + usize::from(*key_value.get(1)?))
}

/// The tokens of a key with a value as a query writes it: of each type that it can be the text of.
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

/// The values of one key.
#[derive(Debug)]
struct Values {
    id: KeyId,
    /// Each with the tokens of the types that it came in.
    texts: BTreeMap<Arc<str>, HashSet<Token, RandomState>>,
    /// Not all are here: some are too many or too long.
    more: bool,
    /// There are some that only `key=*` finds: bytes, arrays, maps. They are never here.
    others: bool,
    /// The least and the greatest number, of all that ever were.
    numbers: Option<(f64, f64)>,
    /// What the long ones take.
    long: usize,
}

impl Values {
    fn new(id: KeyId) -> Self {
        Self { id, texts: BTreeMap::new(), more: false, others: false, numbers: None, long: 0 }
    }
}

/// What can be said about the tokens that match a condition.
#[derive(Debug)]
pub(crate) enum Candidates {
    /// These and no others.
    Exactly(HashSet<Token, RandomState>),
    /// These, or what the columns of the key hold.
    Partly(HashSet<Token, RandomState>, KeyId),
    /// Any trace may match.
    Any,
}

impl Candidates {
    /// Which spans of a trace may match, of which the digest and the tokens are known; the columns aside.
    pub(crate) fn spans_in(&self, digest: &Bloom, sorted: &[Marked]) -> Spans {
        /// Of more, one is there nearly always.
        const FEW: usize = 16;
        let together = |spans: Spans, marked: &Marked| spans.or(marked.spans);
        let (Self::Exactly(tokens) | Self::Partly(tokens, _)) = self else { return Spans::ALL };
        if tokens.len() <= FEW && !tokens.iter().any(|token| digest.may_have(*token)) {
            Spans::NONE
        } else if tokens.len() <= sorted.len() {
            tokens.iter().filter_map(|token| marked::find(sorted, *token)).fold(Spans::NONE, together)
        } else {
            sorted.iter().filter(|marked| tokens.contains(&marked.token)).fold(Spans::NONE, together)
        }
    }

    /// Whether nothing can match.
    pub(crate) fn are_none(&self) -> bool {
        matches!(self, Self::Exactly(tokens) if tokens.is_empty())
    }
}

/// A value with its tokens.
pub(crate) type KnownValue<'d> = (&'d Arc<str>, &'d HashSet<Token, RandomState>);

#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    keys: BTreeMap<Arc<str>, Values>,
    known: HashSet<Hash, RandomState>,
    bytes: usize,
    /// Those of them that long values take.
    long: usize,
    /// It was emptied while there were traces, so it does not know all that they have.
    forgot: bool,
    /// There are keys that it had no room for.
    more_keys: bool,
}

impl Dictionary {
    pub(crate) fn forget(&mut self) {
        *self = Self { forgot: true, ..Self::default() };
    }

    pub(crate) fn knows(&self, hash: Hash) -> bool {
        self.known.contains(&hash)
    }

    /// Remembers attributes, given as `KeyValue` messages with their hashes, as far as there is room. `left_out` is told of
    /// the values of its keys that it has no room for.
    pub(crate) fn learn_all<'a>(
        &mut self,
        key_values: impl Iterator<Item = (&'a [u8], Hash)>,
        mut left_out: impl FnMut(KeyId, &Value<'a>),
    ) {
        for (raw, hash) in key_values {
            if self.knows(hash) {
                continue;
            }
            let attribute = Attribute::decode(raw);
            if let Some(key) = self.learn(&attribute.key, hash, &attribute.value)
                && !self.forgot
            {
                left_out(key, &attribute.value);
            }
        }
    }

    /// Remembers one value, or returns its key when there is no room for it.
    fn learn(&mut self, key: &str, hash: Hash, value: &Value<'_>) -> Option<KeyId> {
        const OVERHEAD: usize = 256;
        let full = self.bytes > MAX_BYTES;
        if !self.keys.contains_key(key) {
            // What has no room now never gets any: there are never fewer.
            if full || self.keys.len() >= MAX_KEYS || key.len() > MAX_KEY {
                self.more_keys = true;
                return None;
            }
            self.bytes += key.len() + OVERHEAD;
            let id = KeyId(u16::try_from(self.keys.len()).unwrap_or(u16::MAX));
            self.keys.insert(key.into(), Values::new(id));
        }
        let values = self.keys.get_mut(key)?;
        if let Some(number) = number_of(value) {
            let (least, greatest) = values.numbers.unwrap_or((number, number));
            values.numbers = Some((least.min(number), greatest.max(number)));
        }
        if full || values.texts.len() >= MAX_VALUES {
            values.more = true;
            return Some(values.id);
        }
        let Some(text) = comparable(value) else {
            values.others = true;
            return Some(values.id);
        };
        let long = if text.len() > MAX_TEXT { text.len() } else { 0 };
        if values.long + long > MAX_LONG_OF_KEY || self.long + long > MAX_LONG {
            values.more = true;
            return Some(values.id);
        }
        values.long += long;
        self.long += long;
        self.bytes += text.len() + OVERHEAD;
        values.texts.entry((*text).into()).or_default().insert(token_of(hash));
        self.known.insert(hash);
        None
    }

    /// Which tokens a trace must have one of, so that a span of it can have `key` with such a value.
    pub(crate) fn candidates(&self, key: &str, wanted: &Text) -> Candidates {
        if self.forgot {
            return Candidates::Any;
        }
        let Some(values) = self.keys.get(key) else {
            return if self.more_keys { Candidates::Any } else { Candidates::Exactly(HashSet::default()) };
        };
        if !wanted.may_hold_between(values.numbers) {
            return Candidates::Exactly(HashSet::default());
        }
        let fitting = values.texts.iter().filter(|(text, _)| wanted.holds_of(text));
        let tokens = fitting.flat_map(|(_, tokens)| tokens.iter().copied()).collect();
        if values.more || values.others && wanted.is_any() {
            Candidates::Partly(tokens, values.id)
        } else {
            Candidates::Exactly(tokens)
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.keys.keys()
    }

    pub(crate) fn values(&self, key: &str) -> impl Iterator<Item = &Arc<str>> {
        self.values_with_tokens(key).map(|(text, _)| text)
    }

    /// The known values of a key, each with its tokens.
    pub(crate) fn values_with_tokens(&self, key: &str) -> impl Iterator<Item = KnownValue<'_>> {
        self.keys.get(key).into_iter().flat_map(|values| &values.texts)
    }

    /// The known keys, each with its known values.
    pub(crate) fn keys_with_values(
        &self,
    ) -> impl Iterator<Item = (&Arc<str>, impl Iterator<Item = KnownValue<'_>>)> {
        self.keys.iter().map(|(key, values)| (key, values.texts.iter()))
    }

    pub(crate) fn has_key(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
