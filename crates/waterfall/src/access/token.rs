//! Bearer token, and the signed session value that a browser keeps instead.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Shorter tokens can be guessed.
const MIN_LENGTH: usize = 16;
/// Longer ones may exceed the header limits of proxies.
const MAX_LENGTH: usize = 512;
/// Separates session signatures from everything else that is signed with a token.
const SESSION_CONTEXT: &[u8] = b"signed in until";

/// A secret that a client must know. `Debug` does not print it.
#[derive(Clone)]
pub(crate) struct Token {
    key: Hmac<Sha256>,
    /// HMAC of the token with the token as key.
    digest: Vec<u8>,
}

impl Token {
    /// Description of a valid token, for configuration errors.
    pub(crate) const EXPECTED: &'static str =
        "16 to 512 letters, digits and -._~+/=, for example the output of `openssl rand -hex 16`";

    /// Accepts the characters of a bearer token (RFC 6750, section 2.1), so that it needs no quoting anywhere.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) || !text.bytes().all(is_allowed) {
            return None;
        }
        let key = Hmac::new_from_slice(text.as_bytes()).ok()?;
        Some(Self { digest: hmac(&key, &[text.as_bytes()]), key })
    }

    /// Whether `given` is this token. Compares digests in constant time, so that timing does not reveal a correct
    /// prefix.
    pub(crate) fn matches(&self, given: &[u8]) -> bool {
        self.key.clone().chain_update(given).verify_slice(&self.digest).is_ok()
    }

    /// A session value that is valid until `expires`, in seconds since 1970, and for this token only.
    pub(crate) fn session(&self, expires: u64) -> String {
        let signature = hmac(&self.key, &[SESSION_CONTEXT, &expires.to_be_bytes()]);
        format!("{expires}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whether a session value has a valid signature and has not expired.
    pub(crate) fn is_valid_session(&self, session: &str, now: u64) -> bool {
        let Some((expires, signature)) = session.split_once('.') else { return false };
        let (Ok(expires), Ok(signature)) = (expires.parse::<u64>(), BASE64_URL_SAFE_NO_PAD.decode(signature))
        else {
            return false;
        };
        let signed = self.key.clone().chain_update(SESSION_CONTEXT).chain_update(expires.to_be_bytes());
        signed.verify_slice(&signature).is_ok() && now < expires
    }

    /// Name of the session cookie, derived from the token. Cookies ignore ports: two waterfalls on one host must not
    /// overwrite each other's.
    pub(crate) fn cookie_name(&self) -> String {
        let digest = hmac(&self.key, &[b"cookie name"]);
        format!("waterfall-{}", BASE64_URL_SAFE_NO_PAD.encode(digest.get(..6).unwrap_or_default()))
    }
}

fn hmac(key: &Hmac<Sha256>, parts: &[&[u8]]) -> Vec<u8> {
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
    fn only_the_exact_token_matches() {
        let token = Token::parse(TEXT).unwrap();
        assert!(token.matches(TEXT.as_bytes()));
        for other in ["", "0123456789abcdef", "0123456789abcdef-._~+/=x", "1123456789abcdef-._~+/="] {
            assert!(!token.matches(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn tokens_that_are_short_long_or_need_quoting_are_invalid() {
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
    fn a_session_is_valid_until_it_expires_and_for_its_token_only() {
        let (token, other) = (Token::parse(TEXT).unwrap(), Token::parse("another-token-of-16").unwrap());
        let session = token.session(1000);
        assert!(token.is_valid_session(&session, 999));
        assert!(!token.is_valid_session(&session, 1000));
        assert!(!other.is_valid_session(&session, 999));
        assert!(!token.is_valid_session(&session.replace("1000", "2000"), 999));
        for invalid in ["", ".", "1000.", "1000", "x.y", &session[..session.len() - 1]] {
            assert!(!token.is_valid_session(invalid, 999), "{invalid}");
        }
    }

    #[test]
    fn debug_output_session_and_cookie_name_do_not_contain_the_token() {
        let token = Token::parse(TEXT).unwrap();
        for text in [format!("{token:?}"), token.session(1000), token.cookie_name()] {
            assert!(!text.contains("0123456789"), "{text}");
        }
    }
}
