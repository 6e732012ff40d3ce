//! Which attributes the spans of a trace have, as 32-bit tokens, and which values a key was seen with.
//!
//! A token is the hash of an attribute as it stands on the wire, key and value together. Every trace holds the tokens of
//! all its spans, so that a search looks at its bytes only when they are likely to hold what it looks for. The dictionary
//! knows the texts behind the tokens, as far as it has room: for conditions other than equality, and for completion.

use std::{
    collections::{BTreeMap, HashSet},
    hash::BuildHasher,
    sync::Arc,
};

use foldhash::fast::{FixedState, RandomState};
use trace_model::{Attribute, wire::Writer};

use crate::{
    digest::Bloom,
    marked::{self, Marked, Spans},
    query::{Text, comparable, number},
};

/// Distinct values that are remembered of one key; beyond, only equality can be decided by tokens.
const MAX_VALUES: usize = 512;
/// Distinct keys that are remembered.
const MAX_KEYS: usize = 4096;
/// Longer values are not remembered as text.
const MAX_TEXT: usize = 256;
/// All remembered text.
const MAX_BYTES: usize = 8 << 20;

/// The attributes of one span looked at for tokens; a span with more is found by its first ones.
pub(crate) const MAX_ATTRIBUTES: usize = 128;

pub(crate) type Token = u32;

/// The token of a `KeyValue` message. Every encoder writes the key first; what another order hashes to is not found by
/// its value, only by looking.
pub(crate) fn token(key_value: &[u8]) -> Token {
    u32::try_from(FixedState::default().hash_one(key_value) >> 32).unwrap_or_default()
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
        tokens.insert(token(&out.into_bytes()));
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
#[derive(Debug, Default)]
struct Values {
    /// Each with the tokens of the types that it came in.
    texts: BTreeMap<Arc<str>, HashSet<Token, RandomState>>,
    /// Not all are here.
    more: bool,
    /// There are some that only `key=*` finds: bytes, arrays, maps.
    others: bool,
    /// The least and the greatest number, of all that ever were.
    numbers: Option<(f64, f64)>,
}

/// What can be said about the tokens that match a condition.
#[derive(Debug)]
pub(crate) enum Candidates {
    /// These and no others.
    Exactly(HashSet<Token, RandomState>),
    /// Any trace may match.
    Any,
}

impl Candidates {
    /// Whether a trace of which this is known may have one.
    pub(crate) fn may_be_in(&self, digest: &Bloom) -> bool {
        /// Of more, one is there nearly always.
        const FEW: usize = 16;
        match self {
            Self::Exactly(tokens) if tokens.len() <= FEW => {
                tokens.iter().any(|token| digest.may_have(*token))
            }
            Self::Exactly(_) | Self::Any => true,
        }
    }

    /// Which spans of a trace with these tokens may match.
    pub(crate) fn spans_in(&self, sorted: &[Marked]) -> Spans {
        let together = |spans: Spans, marked: &Marked| spans.or(marked.spans);
        match self {
            Self::Any => Spans::ALL,
            Self::Exactly(few) if few.len() <= sorted.len() => {
                few.iter().filter_map(|token| marked::find(sorted, *token)).fold(Spans::NONE, together)
            }
            Self::Exactly(many) => {
                sorted.iter().filter(|marked| many.contains(&marked.token)).fold(Spans::NONE, together)
            }
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
    known: HashSet<Token, RandomState>,
    bytes: usize,
    /// It was emptied while there were traces, so it does not know all that they have.
    forgot: bool,
}

impl Dictionary {
    pub(crate) fn forget(&mut self) {
        *self = Self { forgot: true, ..Self::default() };
    }

    pub(crate) fn knows(&self, token: Token) -> bool {
        self.known.contains(&token)
    }

    /// Remembers attributes, given as `KeyValue` messages, as far as there is room.
    pub(crate) fn learn_all<'a>(&mut self, key_values: impl Iterator<Item = &'a [u8]>) {
        for raw in key_values.take(MAX_ATTRIBUTES) {
            let token = token(raw);
            if !self.knows(token) {
                let attribute = Attribute::decode(raw);
                let value = comparable(&attribute.value);
                self.learn(&attribute.key, token, value.as_deref());
            }
        }
    }

    fn learn(&mut self, key: &str, token: Token, value: Option<&str>) {
        const OVERHEAD: usize = 256;
        let full = self.bytes > MAX_BYTES;
        if !self.keys.contains_key(key) {
            if full || self.keys.len() >= MAX_KEYS || key.len() > MAX_TEXT {
                self.forgot = true;
                return;
            }
            self.bytes += key.len() + OVERHEAD;
            self.keys.insert(key.into(), Values::default());
        }
        let Some(values) = self.keys.get_mut(key) else { return };
        let Some(value) = value else {
            values.others = true;
            return;
        };
        if let Some(number) = number(value) {
            let (least, greatest) = values.numbers.unwrap_or((number, number));
            values.numbers = Some((least.min(number), greatest.max(number)));
        }
        if full || values.texts.len() >= MAX_VALUES || value.len() > MAX_TEXT {
            values.more = true;
            return;
        }
        self.bytes += value.len() + OVERHEAD;
        values.texts.entry(value.into()).or_default().insert(token);
        self.known.insert(token);
    }

    /// Which tokens a trace must have one of, so that a span of it can have `key` with such a value.
    pub(crate) fn candidates(&self, key: &str, wanted: &Text) -> Candidates {
        match self.keys.get(key) {
            Some(values) if !(self.forgot || values.more || values.others && wanted.is_any()) => {
                let fitting = values.texts.iter().filter(|(text, _)| wanted.holds_of(text));
                Candidates::Exactly(fitting.flat_map(|(_, tokens)| tokens.iter().copied()).collect())
            }
            Some(values) if !self.forgot && !wanted.may_hold_between(values.numbers) => {
                Candidates::Exactly(HashSet::default())
            }
            None if !self.forgot => Candidates::Exactly(HashSet::default()),
            _ => Candidates::Any,
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
