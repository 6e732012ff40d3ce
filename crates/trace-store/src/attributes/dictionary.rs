//! Dictionary of attribute keys and values, with the tokens of each value.
//!
//! It serves conditions other than equality, and completion. It is bounded: values that it has no room for are stored
//! in [`super::columns`].

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use foldhash::fast::RandomState;
use trace_model::{Attribute, Value};

use super::{
    bloom::Bloom,
    postings::{self, Posting, SpanMask},
    token::{AttributeHash, Token, token_of},
};
use crate::query::{ValuePredicate, comparable_text, number_of};

/// Distinct values of one key. With more, tokens decide only equality.
const MAX_VALUES: usize = 512;
/// Distinct keys.
const MAX_KEYS: usize = 4096;
/// Bytes of a key.
const MAX_KEY: usize = 256;
/// Bytes of a value above which it is long. SQL statements and prompts are, and some keys have few different ones.
const MAX_SHORT_TEXT: usize = 1024;
/// Bytes of all long values of one key.
const MAX_LONG_OF_KEY: usize = 256 << 10;
/// Bytes of all long values. A single key whose values all differ leaves most of this to others.
const MAX_LONG: usize = 1 << 20;
/// Bytes of all keys and values.
const MAX_BYTES: usize = 8 << 20;

/// Number of a key in the dictionary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyId(u16);

/// The values of one key.
#[derive(Debug)]
struct Values {
    id: KeyId,
    /// Each with a token for every type that it occurred in.
    texts: BTreeMap<Arc<str>, HashSet<Token, RandomState>>,
    /// Some values are missing: there were too many, or they were too long.
    is_incomplete: bool,
    /// There were bytes, arrays or maps. Only `key=*` matches them, and they are never stored here.
    has_unlisted_types: bool,
    /// The smallest and the largest number that ever occurred.
    numbers: Option<(f64, f64)>,
    /// Bytes of the long values.
    long: usize,
}

impl Values {
    fn new(id: KeyId) -> Self {
        Self {
            id,
            texts: BTreeMap::new(),
            is_incomplete: false,
            has_unlisted_types: false,
            numbers: None,
            long: 0,
        }
    }
}

/// A predicate on the values of a key, resolved to the tokens that satisfy it.
#[derive(Debug)]
pub(crate) enum TokenCandidates {
    /// These tokens and no others.
    Exact(HashSet<Token, RandomState>),
    /// These tokens, and values in the columns of the key.
    Partial(HashSet<Token, RandomState>, KeyId),
    /// The dictionary cannot tell: any trace may match.
    Any,
}

impl TokenCandidates {
    /// The spans of a trace that may match by their tokens, given its Bloom filter and its postings.
    pub(crate) fn spans_in(&self, bloom: &Bloom, sorted: &[Posting]) -> SpanMask {
        /// With more candidates than this, the Bloom filter nearly always contains one.
        const FEW: usize = 16;
        let union = |spans: SpanMask, posting: &Posting| spans.or(posting.spans);
        let (Self::Exact(tokens) | Self::Partial(tokens, _)) = self else { return SpanMask::ALL };
        if tokens.len() <= FEW && !tokens.iter().any(|token| bloom.may_contain(*token)) {
            SpanMask::NONE
        } else if tokens.len() <= sorted.len() {
            tokens.iter().filter_map(|token| postings::find(sorted, *token)).fold(SpanMask::NONE, union)
        } else {
            sorted.iter().filter(|posting| tokens.contains(&posting.token)).fold(SpanMask::NONE, union)
        }
    }

    /// Whether nothing can match.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Exact(tokens) if tokens.is_empty())
    }
}

/// A value with its tokens.
pub(crate) type KnownValue<'d> = (&'d Arc<str>, &'d HashSet<Token, RandomState>);

#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    keys: BTreeMap<Arc<str>, Values>,
    known: HashSet<AttributeHash, RandomState>,
    bytes: usize,
    /// Bytes of the long values.
    long: usize,
    /// It was reset while the index held traces, so it lacks some of their attributes.
    was_reset: bool,
    /// There were keys that it had no room for.
    lacks_keys: bool,
}

impl Dictionary {
    /// Empties the dictionary. From then on, any trace may have any attribute.
    pub(crate) fn reset(&mut self) {
        *self = Self { was_reset: true, ..Self::default() };
    }

    pub(crate) fn contains(&self, hash: AttributeHash) -> bool {
        self.known.contains(&hash)
    }

    /// Adds attributes, given as `KeyValue` messages with their hashes, as far as there is room. `overflow` receives
    /// the values that it has no room for, with their keys.
    pub(crate) fn add_all<'a>(
        &mut self,
        key_values: impl Iterator<Item = (&'a [u8], AttributeHash)>,
        mut overflow: impl FnMut(KeyId, &Value<'a>),
    ) {
        for (raw, hash) in key_values {
            if self.contains(hash) {
                continue;
            }
            let attribute = Attribute::decode(raw);
            if let Some(key) = self.add(&attribute.key, hash, &attribute.value)
                && !self.was_reset
            {
                overflow(key, &attribute.value);
            }
        }
    }

    /// Adds one value, or returns its key when there is no room for the value.
    fn add(&mut self, key: &str, hash: AttributeHash, value: &Value<'_>) -> Option<KeyId> {
        const OVERHEAD: usize = 256;
        let full = self.bytes > MAX_BYTES;
        if !self.keys.contains_key(key) {
            // A key without room now never gets any: the dictionary never shrinks.
            if full || self.keys.len() >= MAX_KEYS || key.len() > MAX_KEY {
                self.lacks_keys = true;
                return None;
            }
            self.bytes += key.len() + OVERHEAD;
            let id = KeyId(u16::try_from(self.keys.len()).unwrap_or(u16::MAX));
            self.keys.insert(key.into(), Values::new(id));
        }
        let values = self.keys.get_mut(key)?;
        if let Some(number) = number_of(value) {
            let (smallest, largest) = values.numbers.unwrap_or((number, number));
            values.numbers = Some((smallest.min(number), largest.max(number)));
        }
        if full || values.texts.len() >= MAX_VALUES {
            values.is_incomplete = true;
            return Some(values.id);
        }
        let Some(text) = comparable_text(value) else {
            values.has_unlisted_types = true;
            return Some(values.id);
        };
        let long = if text.len() > MAX_SHORT_TEXT { text.len() } else { 0 };
        if values.long + long > MAX_LONG_OF_KEY || self.long + long > MAX_LONG {
            values.is_incomplete = true;
            return Some(values.id);
        }
        values.long += long;
        self.long += long;
        self.bytes += text.len() + OVERHEAD;
        values.texts.entry((*text).into()).or_default().insert(token_of(hash));
        self.known.insert(hash);
        None
    }

    /// The tokens that satisfy a predicate on `key`. A trace can only match if it has one of them.
    pub(crate) fn candidates(&self, key: &str, predicate: &ValuePredicate) -> TokenCandidates {
        if self.was_reset {
            return TokenCandidates::Any;
        }
        let Some(values) = self.keys.get(key) else {
            return if self.lacks_keys {
                TokenCandidates::Any
            } else {
                TokenCandidates::Exact(HashSet::default())
            };
        };
        if !predicate.may_match_between(values.numbers) {
            return TokenCandidates::Exact(HashSet::default());
        }
        let matching = values.texts.iter().filter(|(text, _)| predicate.matches(text));
        let tokens = matching.flat_map(|(_, tokens)| tokens.iter().copied()).collect();
        if values.is_incomplete || values.has_unlisted_types && predicate.matches_any() {
            TokenCandidates::Partial(tokens, values.id)
        } else {
            TokenCandidates::Exact(tokens)
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

    /// Whether it has every key of the stored attributes.
    pub(crate) const fn has_all_keys(&self) -> bool {
        !self.was_reset && !self.lacks_keys
    }

    /// Whether it has every value of a key that can be listed.
    pub(crate) fn has_all_values(&self, key: &str) -> bool {
        !self.was_reset && self.keys.get(key).map_or(!self.lacks_keys, |values| !values.is_incomplete)
    }

    pub(crate) fn has_key(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
