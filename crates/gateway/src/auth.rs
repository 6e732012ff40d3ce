//! Authentication: determines the caller of a request.
//!
//! Without a secret, every caller is Cruddur's `andrewbrown`. With a secret, the caller is the subject of the
//! bearer token. Endpoints that write, or that return personal data, require a token. Other endpoints also serve
//! anonymous callers, but reject an invalid token.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use users_api::Handle;

use crate::token::{InvalidToken, Secret, Verifier};

/// The caller of every request while authentication is disabled.
const DEFAULT_CALLER: &str = "andrewbrown";

/// How callers are authenticated.
pub(crate) enum Authenticator {
    /// Every caller is this user.
    Disabled(Handle),
    BearerToken(Box<Verifier>),
}

/// A request has no valid bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unauthorized {
    #[error("there is no bearer token")]
    Missing,
    #[error("the authorization is not a bearer token")]
    Scheme,
    #[error("the bearer token is invalid")]
    Token(#[source] InvalidToken),
}

impl Unauthorized {
    /// The value of `WWW-Authenticate` (RFC 6750, section 3): without an error code if the request has no token.
    pub(crate) fn challenge(self) -> &'static str {
        match self {
            Self::Missing => r#"Bearer realm="cruddur""#,
            Self::Scheme => r#"Bearer realm="cruddur", error="invalid_request""#,
            Self::Token(_) => r#"Bearer realm="cruddur", error="invalid_token""#,
        }
    }
}

impl Authenticator {
    /// # Panics
    /// Never: the default caller is a valid handle.
    pub(crate) fn new(secret: Option<&Secret>) -> Self {
        match secret {
            Some(secret) => Self::BearerToken(Box::new(Verifier::new(secret))),
            None => Self::Disabled(Handle::parse(DEFAULT_CALLER).expect("the constant is a handle")),
        }
    }

    /// The caller of a request; `None` when it has no token.
    pub(crate) fn caller(&self, request: &HttpRequest) -> Result<Option<Handle>, Unauthorized> {
        let verifier = match self {
            Self::Disabled(handle) => return Ok(Some(handle.clone())),
            Self::BearerToken(verifier) => verifier,
        };
        let Some(value) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
        let (scheme, token) =
            value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Unauthorized::Scheme)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Unauthorized::Scheme);
        }
        verifier.verify(token.trim()).map(Some).map_err(Unauthorized::Token)
    }
}
