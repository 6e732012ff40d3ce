//! A token, and the signed note that a browser keeps in its place.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Shorter ones can be guessed.
const MIN: usize = 16;
/// What fits a header without a thought.
const MAX: usize = 512;

/// A secret that a caller must know. It is never shown: `Debug` has no more than its name.
#[derive(Clone)]
pub(crate) struct Token {
    key: Hmac<Sha256>,
    /// The digest of the token under itself.
    own: Vec<u8>,
}

impl Token {
    /// What a token looks like, for whoever set one that does not.
    pub(crate) const FORM: &'static str =
        "16 to 512 letters, digits and -._~+/=, such as `openssl rand -hex 16` makes";

    /// A token in the characters that fit a bearer token (RFC 6750, section 2.1), so that it needs no quoting anywhere.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !(MIN..=MAX).contains(&text.len()) || !text.bytes().all(fits) {
            return None;
        }
        let key = Hmac::new_from_slice(text.as_bytes()).ok()?;
        Some(Self { own: digest(&key, &[text.as_bytes()]), key })
    }

    /// Whether this is what was shown. Digests are compared, in constant time, so that the time tells nothing of how
    /// much of it was right.
    pub(crate) fn is(&self, shown: &[u8]) -> bool {
        self.key.clone().chain_update(shown).verify_slice(&self.own).is_ok()
    }

    /// A note that stands for the token until `expires`, in seconds since 1970. Another token makes it worthless.
    pub(crate) fn note(&self, expires: u64) -> String {
        let seal = digest(&self.key, &[NOTE, &expires.to_be_bytes()]);
        format!("{expires}.{}", BASE64_URL_SAFE_NO_PAD.encode(seal))
    }

    /// Whether a note is ours and has not run out.
    pub(crate) fn is_good(&self, note: &str, now: u64) -> bool {
        let Some((expires, seal)) = note.split_once('.') else { return false };
        let (Ok(expires), Ok(seal)) = (expires.parse::<u64>(), BASE64_URL_SAFE_NO_PAD.decode(seal)) else {
            return false;
        };
        let signed = self.key.clone().chain_update(NOTE).chain_update(expires.to_be_bytes());
        signed.verify_slice(&seal).is_ok() && now < expires
    }

    /// A name for the cookie that belongs to this token: cookies do not know ports, and two waterfalls of one machine
    /// must not take each other's.
    pub(crate) fn cookie_name(&self) -> String {
        let digest = digest(&self.key, &[b"cookie name"]);
        format!("waterfall-{}", BASE64_URL_SAFE_NO_PAD.encode(digest.get(..6).unwrap_or_default()))
    }
}

/// Apart from everything else that is signed with a token.
const NOTE: &[u8] = b"signed in until";

fn digest(key: &Hmac<Sha256>, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = key.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0123456789abcdef-._~+/=";

    #[test]
    fn only_the_token_itself_is_it() {
        let token = Token::parse(TEXT).unwrap();
        assert!(token.is(TEXT.as_bytes()));
        for other in ["", "0123456789abcdef", "0123456789abcdef-._~+/=x", "1123456789abcdef-._~+/="] {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_is_short_or_needs_quoting_is_no_token() {
        for text in [
            "",
            "0123456789abcde",
            "0123456789abcdef ",
            "0123456789abcde,",
            "0123456789abcdé",
            "0123456789abcde%",
        ] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
        assert!(Token::parse(&"a".repeat(513)).is_none());
    }

    #[test]
    fn a_note_is_good_until_it_expires_and_for_its_token_alone() {
        let (token, other) = (Token::parse(TEXT).unwrap(), Token::parse("another-token-of-16").unwrap());
        let note = token.note(1000);
        assert!(token.is_good(&note, 999));
        assert!(!token.is_good(&note, 1000));
        assert!(!other.is_good(&note, 999));
        assert!(!token.is_good(&note.replace("1000", "2000"), 999));
        for bad in ["", ".", "1000.", "1000", "x.y", &note[..note.len() - 1]] {
            assert!(!token.is_good(bad, 999), "{bad}");
        }
    }

    #[test]
    fn neither_debug_nor_note_nor_cookie_tells_the_token() {
        let token = Token::parse(TEXT).unwrap();
        for text in [format!("{token:?}"), token.note(1000), token.cookie_name()] {
            assert!(!text.contains("0123456789"), "{text}");
        }
    }
}
