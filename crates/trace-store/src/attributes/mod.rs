//! Indexes over span attributes, and the peers that attributes name.
//!
//! Every attribute is hashed as it is encoded, and the upper half of its hash is its [`Token`]. Three structures answer
//! a condition on an attribute without decoding a span:
//!
//! 1. `bloom`: a Bloom filter of the tokens of a trace rejects most traces.
//! 2. `postings`: the sorted tokens of a trace, each with the spans that have it. The `dictionary` maps the keys and
//!    values that it has room for to their tokens.
//! 3. `columns`: the values that the dictionary has no room for, by chunk and key.
//!
//! `run_postings` computes the postings of consecutive spans of one trace. `peer_cache` builds the name of a
//! peer once a request.

pub(crate) mod columns;

mod bloom;
mod dictionary;
mod peer_cache;
mod postings;
mod run_postings;
mod token;

pub(crate) use bloom::Bloom;
pub(crate) use dictionary::{Dictionary, KeyId, KnownValue, TokenCandidates};
pub(crate) use peer_cache::PeerCache;
pub(crate) use postings::{Posting, SpanMask, sort_and_merge};
pub(crate) use run_postings::RunPostings;
pub(crate) use token::{
    AttributeHash, MAX_ATTRIBUTES, Token, hash, low_half, token_of_bytes, tokens_of_text,
};
