//! What a path or a header says, checked once where it arrives. What bodies say is checked by whoever keeps it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use problem::Violation;
use service::response;
use users_api::Handle;
use uuid::Uuid;

use crate::error::Error;

/// The `{handle}` of a path.
pub(crate) struct HandleInPath(pub Handle);

/// The `{uuid}` of a path.
pub(crate) struct ActivityInPath(pub Uuid);

/// Under which a POST to an inner service is safe to send twice: the caller's `Idempotency-Key`, or a new one.
pub(crate) struct Key(pub String);

impl FromRequest for HandleInPath {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(handle(request.match_info().query("handle")).map(Self).map_err(Error::from))
    }
}

impl FromRequest for ActivityInPath {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(activity(request.match_info().query("uuid")).map(Self).map_err(Error::from))
    }
}

impl FromRequest for Key {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = response::idempotency_key(request)
            .map(|key| Self(key.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)));
        ready(key.map_err(Error::from))
    }
}

fn handle(text: &str) -> Result<Handle, Violation> {
    if is_blank(text) {
        return Err(Violation::new("blank_user_handle", "handle", "it must not be blank"));
    }
    Handle::parse(text).map_err(|error| Violation::new("invalid_user_handle", "handle", error.to_string()))
}

fn activity(text: &str) -> Result<Uuid, Violation> {
    if is_blank(text) {
        return Err(Violation::new("activity_uuid_blank", "uuid", "it must not be blank"));
    }
    // Only as it is written in answers: not in braces, not as a URN, not without hyphens.
    match Uuid::try_parse(text) {
        Ok(uuid) if text.len() == uuid::fmt::Hyphenated::LENGTH => Ok(uuid),
        _ => Err(Violation::new("invalid_activity_uuid", "uuid", "a UUID, as 8-4-4-4-12 hexadecimal digits")),
    }
}

/// Blanks arrive decoded or, where decoding them would change the path, as they were sent.
fn is_blank(text: &str) -> bool {
    text.replace("%20", " ").trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_that_is_no_handle_has_its_code() {
        for (text, code) in
            [("", "blank_user_handle"), (" ", "blank_user_handle"), ("a b", "invalid_user_handle")]
        {
            assert_eq!(handle(text).unwrap_err().code, code, "{text:?}");
        }
    }

    #[test]
    fn only_the_hyphenated_form_names_an_activity() {
        const UUID: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
        assert_eq!(activity(UUID).unwrap().to_string(), UUID);
        for (text, code) in [
            ("", "activity_uuid_blank"),
            ("%20", "activity_uuid_blank"),
            ("7", "invalid_activity_uuid"),
            ("68f126b01ceb4a3388bed90fa7109eee", "invalid_activity_uuid"),
            ("{68f126b0-1ceb-4a33-88be-d90fa7109eee}", "invalid_activity_uuid"),
        ] {
            assert_eq!(activity(text).unwrap_err().code, code, "{text:?}");
        }
    }
}
