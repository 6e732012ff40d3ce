//! Extractors of validated path parameters and headers. Bodies are validated by the service that stores them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use problem::Violation;
use service::response;
use users_api::{Handle, InvalidHandle};
use uuid::Uuid;

use crate::error::Error;
use crate::idempotency_key::IdempotencyKey;

/// The `{handle}` of a path.
pub(crate) struct HandleParam(pub Handle);

/// The `{uuid}` of a path.
pub(crate) struct ActivityUuidParam(pub Uuid);

impl FromRequest for HandleParam {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_handle(request.match_info().query("handle")).map(Self).map_err(Error::from))
    }
}

impl FromRequest for ActivityUuidParam {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_activity_uuid(request.match_info().query("uuid")).map(Self).map_err(Error::from))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(response::idempotency_key(request).map(Self::new).map_err(Error::from))
    }
}

fn parse_handle(text: &str) -> Result<Handle, Violation> {
    if is_blank(text) {
        return Err(InvalidHandle::Blank.into());
    }
    Ok(Handle::parse(text)?)
}

fn parse_activity_uuid(text: &str) -> Result<Uuid, Violation> {
    if is_blank(text) {
        return Err(Violation::new("activity_uuid_blank", "uuid", "it must not be blank"));
    }
    // Only the form that responses use: no braces, no URN, no missing hyphens.
    match Uuid::try_parse(text) {
        Ok(uuid) if text.len() == uuid::fmt::Hyphenated::LENGTH => Ok(uuid),
        _ => Err(Violation::new(
            "invalid_activity_uuid",
            "uuid",
            "it must be a UUID: 8-4-4-4-12 hexadecimal digits",
        )),
    }
}

/// actix leaves `%20` encoded where decoding it would change the path.
fn is_blank(text: &str) -> bool {
    text.replace("%20", " ").trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_malformed_handles_have_different_codes() {
        for (text, code) in
            [("", "blank_user_handle"), (" ", "blank_user_handle"), ("a b", "invalid_user_handle")]
        {
            assert_eq!(parse_handle(text).unwrap_err().code, code, "{text:?}");
        }
    }

    #[test]
    fn only_hyphenated_uuids_are_accepted() {
        const UUID: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
        assert_eq!(parse_activity_uuid(UUID).unwrap().to_string(), UUID);
        for (text, code) in [
            ("", "activity_uuid_blank"),
            ("%20", "activity_uuid_blank"),
            ("7", "invalid_activity_uuid"),
            ("68f126b01ceb4a3388bed90fa7109eee", "invalid_activity_uuid"),
            ("{68f126b0-1ceb-4a33-88be-d90fa7109eee}", "invalid_activity_uuid"),
        ] {
            assert_eq!(parse_activity_uuid(text).unwrap_err().code, code, "{text:?}");
        }
    }
}
