//! Extractors of the authenticated caller.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use users_api::Handle;

use crate::auth::{Authenticator, Unauthorized};
use crate::error::Error;

/// The caller of an endpoint that requires authentication.
pub(crate) struct Caller(pub Handle);

/// The caller of an endpoint that also serves anonymous callers, for whom it is `None`.
pub(crate) struct OptionalCaller(pub Option<Handle>);

impl FromRequest for Caller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = authenticate(request).and_then(|handle| handle.ok_or(Unauthorized::Missing));
        ready(caller.map(Self).map_err(Error::from))
    }
}

impl FromRequest for OptionalCaller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).map(Self).map_err(Error::from))
    }
}

fn authenticate(request: &HttpRequest) -> Result<Option<Handle>, Unauthorized> {
    // Without an authenticator, every request is rejected.
    let authenticator = request.app_data::<web::Data<Authenticator>>().ok_or(Unauthorized::Missing)?;
    authenticator.caller(request)
}
