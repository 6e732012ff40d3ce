//! Who the caller is.
//!
//! Without a secret, everybody is Cruddur's `andrewbrown`. With one, a caller is whom their token names: what changes
//! something or belongs to somebody needs a token; what everybody may see is seen without, but not with a bad one.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use users_api::Handle;

use crate::error::Error;
use crate::token::{InvalidToken, Secret, Verifier};

/// Whom Cruddur takes everybody for.
const DEFAULT_CALLER: &str = "andrewbrown";

/// Tells who a caller is.
pub(crate) enum Gate {
    /// Everybody is this one.
    Open(Handle),
    Tokens(Box<Verifier>),
}

/// The caller did not say who they are, or not so that it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unauthorized {
    #[error("there is no bearer token")]
    Missing,
    #[error("the authorization is not a bearer token")]
    Scheme,
    #[error("the token is refused")]
    Token(#[source] InvalidToken),
}

impl Unauthorized {
    /// The value of `WWW-Authenticate` (RFC 6750, section 3): no error for a request without a token.
    pub(crate) fn challenge(self) -> &'static str {
        match self {
            Self::Missing => r#"Bearer realm="cruddur""#,
            Self::Scheme => r#"Bearer realm="cruddur", error="invalid_request""#,
            Self::Token(_) => r#"Bearer realm="cruddur", error="invalid_token""#,
        }
    }
}

impl Gate {
    /// # Panics
    /// Never: the default caller is a handle.
    pub(crate) fn new(secret: Option<&Secret>) -> Self {
        match secret {
            Some(secret) => Self::Tokens(Box::new(Verifier::new(secret))),
            None => Self::Open(Handle::parse(DEFAULT_CALLER).expect("the constant is a handle")),
        }
    }

    /// The caller of a request; `None` for one without a token.
    fn caller(&self, request: &HttpRequest) -> Result<Option<Handle>, Unauthorized> {
        let verifier = match self {
            Self::Open(handle) => return Ok(Some(handle.clone())),
            Self::Tokens(verifier) => verifier,
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

/// Whoever looks at what everybody may see; `None` when they did not say who they are.
pub(crate) struct Visitor(pub Option<Handle>);

/// Whoever does something in their own name.
pub(crate) struct Caller(pub Handle);

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(visitor(request))
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller =
            visitor(request).and_then(|Visitor(handle)| Ok(Self(handle.ok_or(Unauthorized::Missing)?)));
        ready(caller)
    }
}

fn visitor(request: &HttpRequest) -> Result<Visitor, Error> {
    match request.app_data::<web::Data<Gate>>() {
        Some(gate) => Ok(Visitor(gate.caller(request)?)),
        // Nobody is let in where nobody looks.
        None => Err(Unauthorized::Missing.into()),
    }
}
