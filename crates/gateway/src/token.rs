//! Bearer tokens: JSON Web Tokens (RFC 7519) signed with HS256, whose `sub` is the caller's handle.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use users_api::Handle;

/// The size of an HS256 hash: a shorter key would be weaker than the signature (RFC 7518, section 3.2).
const MIN_SECRET_BYTES: usize = 32;
/// Tolerated difference between the clocks of the issuer and the verifier.
const LEEWAY_SECONDS: u64 = 5;

/// The key that signs tokens. `Debug` does not print it.
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// # Errors
    /// [`SecretTooShort`] for fewer than 32 bytes.
    pub fn parse(text: &str) -> Result<Self, SecretTooShort> {
        if text.len() < MIN_SECRET_BYTES {
            return Err(SecretTooShort);
        }
        Ok(Self(text.as_bytes().into()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The secret is too short to be safe against guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must have at least {MIN_SECRET_BYTES} bytes; `openssl rand -hex 32` generates one")]
pub struct SecretTooShort;

/// A token cannot be issued.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    #[error("the token's expiry time is out of range")]
    ExpiryOutOfRange,
    #[error("the token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
}

/// Why a token is invalid. `Display` contains only what the caller may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the token's sub is not a handle")]
    InvalidSubject,
    #[error("the token is not an HS256 JWT of this gateway with sub and exp")]
    Malformed,
}

#[derive(Serialize)]
struct MintedClaims<'a> {
    sub: &'a str,
    iat: u64,
    exp: u64,
}

/// The library validates and requires `exp`.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// Declared for its type: the library accepts an `nbf` that is not a number.
    #[serde(rename = "nbf")]
    _not_before: Option<f64>,
}

/// Issues a token for `handle` that expires after `ttl`.
///
/// # Errors
/// [`MintError`] when the expiry time is out of range, or the token cannot be signed.
pub fn mint(secret: &Secret, handle: &Handle, ttl: Duration) -> Result<String, MintError> {
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| MintError::ExpiryOutOfRange)?.as_secs();
    let exp = now.checked_add(ttl.as_secs()).ok_or(MintError::ExpiryOutOfRange)?;
    let claims = MintedClaims { sub: handle.as_str(), iat: now, exp };
    let key = EncodingKey::from_secret(&secret.0);
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(MintError::Sign)
}

/// Verifies tokens.
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

    /// Returns the handle that a valid token was issued to.
    pub(crate) fn verify(&self, token: &str) -> Result<Handle, InvalidToken> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => InvalidToken::Expired,
                ErrorKind::ImmatureSignature => InvalidToken::NotYetValid,
                _ => InvalidToken::Malformed,
            })?
            .claims;
        if has_critical_extensions(token) {
            return Err(InvalidToken::Malformed);
        }
        Handle::parse(&claims.sub).map_err(|_| InvalidToken::InvalidSubject)
    }
}

/// Whether the header has `crit`: extensions that whoever accepts the token must understand (RFC 7515, section 4.1.11).
/// None is understood here, and the library ignores them.
fn has_critical_extensions(token: &str) -> bool {
    let header = token.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok());
    let header = header.and_then(|json| serde_json::from_slice::<serde_json::Map<_, _>>(&json).ok());
    header.is_none_or(|header: serde_json::Map<String, serde_json::Value>| header.contains_key("crit"))
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
    fn minted_token_verifies_to_its_handle() {
        let worf = Handle::parse("worf").unwrap();
        let token = mint(&secret(), &worf, Duration::from_mins(1)).unwrap();
        assert_eq!(Verifier::new(&secret()).verify(&token), Ok(worf));
    }

    #[test]
    fn invalid_claims_are_rejected() {
        for (claims, error) in [
            (serde_json::json!({"sub": "worf", "exp": 1_600_000_000}), InvalidToken::Expired),
            (serde_json::json!({"sub": "worf", "exp": 9e9, "nbf": 8e9}), InvalidToken::NotYetValid),
            (serde_json::json!({"sub": "worf", "exp": 9e9, "nbf": "soon"}), InvalidToken::Malformed),
            (serde_json::json!({"sub": "not a handle", "exp": 9e9}), InvalidToken::InvalidSubject),
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
    fn token_with_critical_extensions_is_rejected() {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::json!({"sub": "worf", "exp": 9e9}).to_string());
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        for (crit, accepted) in
            [("", true), (r#","crit":["b64"]"#, false), (r#","crit":[]"#, false), (r#","crit":null"#, false)]
        {
            let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256"{crit}}}"#));
            let signed = format!("{header}.{claims}");
            let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).unwrap();
            let verified = Verifier::new(&secret()).verify(&format!("{signed}.{signature}"));
            assert_eq!(verified.is_ok(), accepted, "{crit}");
        }
    }

    #[test]
    fn secret_is_hidden_from_debug_and_has_a_minimum_length() {
        assert_eq!(format!("{:?}", secret()), "Secret(..)");
        assert!(matches!(Secret::parse(&SECRET[1..]), Err(SecretTooShort)));
    }

    #[test]
    fn expiry_out_of_range_is_an_error() {
        let worf = Handle::parse("worf").unwrap();
        assert!(matches!(mint(&secret(), &worf, Duration::MAX), Err(MintError::ExpiryOutOfRange)));
    }
}
