//! Which attributes a trace has, as 32-bit tokens, and which values a key was seen with.
//!
//! A token is the hash of a key, or of a key and a value. Every trace holds the tokens of all its spans, so that a
//! search looks at its bytes only when they are likely to hold what it looks for. The dictionary knows the texts behind
//! the tokens, as far as it has room: for conditions other than equality, and for completion.

use std::{
    collections::{BTreeMap, HashSet},
    hash::BuildHasher,
    sync::Arc,
};

use foldhash::fast::{FixedState, RandomState};
use trace_model::{Attribute, Value};

use crate::query::comparable;

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

const HASHER: u64 = 0x5eed;

fn token(hash: u64) -> Token {
    u32::try_from(hash >> 32).unwrap_or_default()
}

pub(crate) fn key_token(key: &str) -> Token {
    token(FixedState::with_seed(HASHER).hash_one(key))
}

/// The token of a key with a value as a query writes it.
pub(crate) fn value_token(key: &str, value: &str) -> Token {
    token(FixedState::with_seed(HASHER).hash_one((key, value)))
}

/// The tokens of an attribute: of its key, and of its value when that can be compared.
pub(crate) fn tokens(attribute: &Attribute<'_>, scratch: &mut String) -> (Token, Option<Token>) {
    use std::fmt::Write;
    let key = attribute.key.as_ref();
    scratch.clear();
    // Writing to a String cannot fail.
    let text = match &attribute.value {
        Value::String(text) => text.as_ref(),
        Value::Int(int) => {
            let _ = write!(scratch, "{int}");
            scratch
        }
        Value::Double(double) => {
            let _ = write!(scratch, "{double}");
            scratch
        }
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        _ => return (key_token(key), None),
    };
    (key_token(key), Some(value_token(key, text)))
}

/// The values of one key.
#[derive(Debug, Default)]
struct Values {
    texts: BTreeMap<Arc<str>, Token>,
    /// Not all are here.
    more: bool,
}

/// What can be said about the tokens that match a condition.
#[derive(Debug)]
pub(crate) enum Candidates {
    /// These and no others.
    Exactly(HashSet<Token, RandomState>),
    /// Any trace that has the key may match.
    Key(Token),
}

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

    /// Remembers attributes as far as there is room.
    pub(crate) fn learn_all<'a>(&mut self, attributes: impl Iterator<Item = Attribute<'a>>) {
        for attribute in attributes.take(MAX_ATTRIBUTES) {
            let value = comparable(&attribute.value);
            self.learn(&attribute.key, value.as_deref());
        }
    }

    fn learn(&mut self, key: &str, value: Option<&str>) {
        const OVERHEAD: usize = 96;
        let full = self.bytes > MAX_BYTES;
        if !self.keys.contains_key(key) {
            if full || self.keys.len() >= MAX_KEYS || key.len() > MAX_TEXT {
                return;
            }
            self.bytes += key.len() + OVERHEAD;
            self.keys.insert(key.into(), Values::default());
            self.known.insert(key_token(key));
        }
        let Some(values) = self.keys.get_mut(key) else { return };
        match value {
            Some(value) if values.texts.contains_key(value) => {}
            Some(value) if !full && values.texts.len() < MAX_VALUES && value.len() <= MAX_TEXT => {
                let token = value_token(key, value);
                self.bytes += value.len() + OVERHEAD;
                values.texts.insert(value.into(), token);
                self.known.insert(token);
            }
            _ => values.more = true,
        }
    }

    /// Which tokens a trace must have one of, so that a span of it can have `key` with a value that `matches`.
    pub(crate) fn candidates(&self, key: &str, matches: impl Fn(&str) -> bool) -> Candidates {
        match self.keys.get(key) {
            Some(values) if !values.more && !self.forgot => Candidates::Exactly(
                values.texts.iter().filter(|(text, _)| matches(text)).map(|(_, token)| *token).collect(),
            ),
            _ => Candidates::Key(key_token(key)),
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.keys.keys()
    }

    pub(crate) fn values(&self, key: &str) -> impl Iterator<Item = &Arc<str>> {
        self.keys.get(key).into_iter().flat_map(|values| values.texts.keys())
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
