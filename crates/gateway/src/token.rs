//! The tokens by which callers say who they are: JSON Web Tokens (RFC 7519), HS256, `sub` is the handle.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use users_api::Handle;

/// As long as what HS256 hashes to: a shorter key is weaker than the signature (RFC 7518, section 3.2).
const MIN_SECRET_BYTES: usize = 32;
/// How far the clocks of who mints and who checks may be apart.
const LEEWAY_SECONDS: u64 = 5;

/// What tokens are signed with. Never shown: its `Debug` says nothing.
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// # Errors
    /// [`ShortSecret`] for less than 32 bytes.
    pub fn parse(text: &str) -> Result<Self, ShortSecret> {
        if text.len() < MIN_SECRET_BYTES {
            return Err(ShortSecret);
        }
        Ok(Self(text.as_bytes().into()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The secret could be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it needs at least {MIN_SECRET_BYTES} bytes, as `openssl rand -hex 32` gives")]
pub struct ShortSecret;

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    #[error("the token would expire after the end of time")]
    Time,
    #[error("the token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
}

/// A token says nothing that can be believed. Displays as what the caller may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    Early,
    #[error("the token's sub is not a handle")]
    Subject,
    #[error("the token is not an HS256 JWT of this gateway with sub and exp")]
    Malformed,
}

#[derive(Serialize)]
struct Minted<'a> {
    sub: &'a str,
    iat: u64,
    exp: u64,
}

/// `exp` is checked by the library, which also requires it.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// Here for its type alone: the library lets an `nbf` pass that is not a number.
    #[serde(rename = "nbf")]
    _not_before: Option<f64>,
}

/// Makes a token with which its holder is `handle` until `ttl` has passed.
///
/// # Errors
/// [`MintError`] when the time of its end cannot be written, or it cannot be signed.
pub fn mint(secret: &Secret, handle: &Handle, ttl: Duration) -> Result<String, MintError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| MintError::Time)?.as_secs();
    let exp = now.checked_add(ttl.as_secs()).ok_or(MintError::Time)?;
    let claims = Minted { sub: handle.as_str(), iat: now, exp };
    let key = EncodingKey::from_secret(&secret.0);
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(MintError::Sign)
}

/// Checks tokens.
#[derive(Clone)]
pub(crate) struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

impl Verifier {
    pub(crate) fn new(secret: &Secret) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        Self { key: DecodingKey::from_secret(&secret.0), validation }
    }

    /// Whose token it is.
    pub(crate) fn verify(&self, token: &str) -> Result<Handle, InvalidToken> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => InvalidToken::Expired,
                ErrorKind::ImmatureSignature => InvalidToken::Early,
                _ => InvalidToken::Malformed,
            })?
            .claims;
        Handle::parse(&claims.sub).map_err(|_| InvalidToken::Subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    fn sign(claims: &serde_json::Value) -> String {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
    }

    #[test]
    fn a_minted_token_names_its_holder() {
        let worf = Handle::parse("worf").unwrap();
        let token = mint(&secret(), &worf, Duration::from_mins(1)).unwrap();
        assert_eq!(Verifier::new(&secret()).verify(&token), Ok(worf));
    }

    #[test]
    fn claims_that_cannot_be_believed_are_refused() {
        for (claims, error) in [
            (serde_json::json!({"sub": "worf", "exp": 1_600_000_000}), InvalidToken::Expired),
            (serde_json::json!({"sub": "worf", "exp": 9e9, "nbf": 8e9}), InvalidToken::Early),
            (serde_json::json!({"sub": "worf", "exp": 9e9, "nbf": "soon"}), InvalidToken::Malformed),
            (serde_json::json!({"sub": "not a handle", "exp": 9e9}), InvalidToken::Subject),
            (serde_json::json!({"sub": 7, "exp": 9e9}), InvalidToken::Malformed),
            (serde_json::json!({"sub": "worf", "exp": "9000000000"}), InvalidToken::Malformed),
            (serde_json::json!({"sub": "worf", "exp": 9e9, "aud": "elsewhere"}), InvalidToken::Malformed),
            (serde_json::json!({"sub": "worf"}), InvalidToken::Malformed),
            (serde_json::json!({"exp": 9e9}), InvalidToken::Malformed),
        ] {
            assert_eq!(Verifier::new(&secret()).verify(&sign(&claims)), Err(error), "{claims}");
        }
    }

    #[test]
    fn a_secret_is_never_shown_and_never_short() {
        assert_eq!(format!("{:?}", secret()), "Secret(..)");
        assert!(matches!(Secret::parse(&SECRET[1..]), Err(ShortSecret)));
    }

    #[test]
    fn an_end_after_the_end_of_time_is_an_error() {
        let worf = Handle::parse("worf").unwrap();
        assert!(matches!(mint(&secret(), &worf, Duration::MAX), Err(MintError::Time)));
    }
}
