//! Validated input of the users service.
//!
//! The wire types of `users-api` are parsed here once; everything behind the handlers works with valid values.

use problem::Violation;
use service::text::Rule;
use users_api::{Handle, MAX_BIO_CHARS, MAX_DISPLAY_NAME_CHARS, NewUser, UserChange};

const DISPLAY_NAME: Rule = Rule {
    field: "display_name",
    max_chars: MAX_DISPLAY_NAME_CHARS,
    blank: Some("display_name_blank"),
    too_long: "display_name_exceed_max_chars",
    control: "display_name_invalid",
};

const BIO: Rule = Rule {
    field: "bio",
    max_chars: MAX_BIO_CHARS,
    blank: None,
    too_long: "bio_exceed_max_chars",
    control: "bio_invalid",
};

/// Valid input of `POST /users`.
#[derive(Clone, Debug)]
pub(crate) struct ValidUser {
    pub handle: Handle,
    pub display_name: String,
    pub bio: String,
}

impl ValidUser {
    /// # Errors
    /// All violations of the input.
    pub(crate) fn parse(new: &NewUser) -> Result<Self, Vec<Violation>> {
        let handle = Handle::parse(&new.handle).map_err(Violation::from);
        match (handle, DISPLAY_NAME.check(&new.display_name), BIO.check(&new.bio)) {
            (Ok(handle), Ok(display_name), Ok(bio)) => Ok(Self { handle, display_name, bio }),
            (handle, display_name, bio) => {
                Err([handle.err(), display_name.err(), bio.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// Valid input of `PATCH /users/{handle}`. `None` leaves a field unchanged.
#[derive(Clone, Debug)]
pub(crate) struct ValidUserChange {
    pub display_name: Option<String>,
    pub bio: Option<String>,
}

impl ValidUserChange {
    /// # Errors
    /// All violations of the input.
    pub(crate) fn parse(change: &UserChange) -> Result<Self, Vec<Violation>> {
        let display_name = change.display_name.as_deref().map(|text| DISPLAY_NAME.check(text)).transpose();
        let bio = change.bio.as_deref().map(|text| BIO.check(text)).transpose();
        match (display_name, bio) {
            (Ok(display_name), Ok(bio)) => Ok(Self { display_name, bio }),
            (display_name, bio) => Err([display_name.err(), bio.err()].into_iter().flatten().collect()),
        }
    }
}
