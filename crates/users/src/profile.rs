//! What a user is: checked once, where it arrives.

use problem::Violation;
use service::text::Rule;
use users_api::{Handle, NewUser, UserChange};

const DISPLAY_NAME: Rule = Rule {
    field: "display_name",
    max_chars: 50,
    blank: Some("display_name_blank"),
    too_long: "display_name_exceed_max_chars",
    control: "display_name_invalid",
};

const BIO: Rule = Rule {
    field: "bio",
    max_chars: 160,
    blank: None,
    too_long: "bio_exceed_max_chars",
    control: "bio_invalid",
};

/// A user who may be added.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub handle: Handle,
    pub display_name: String,
    pub bio: String,
}

impl Profile {
    /// Checks what arrived, and says all that is wrong with it.
    pub(crate) fn parse(new: &NewUser) -> Result<Self, Vec<Violation>> {
        match (handle(&new.handle), DISPLAY_NAME.check(&new.display_name), BIO.check(&new.bio)) {
            (Ok(handle), Ok(display_name), Ok(bio)) => Ok(Self { handle, display_name, bio }),
            (handle, display_name, bio) => {
                Err([handle.err(), display_name.err(), bio.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// What is to become of a profile; `None` stays.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub display_name: Option<String>,
    pub bio: Option<String>,
}

impl Change {
    /// Checks what arrived, and says all that is wrong with it.
    pub(crate) fn parse(change: &UserChange) -> Result<Self, Vec<Violation>> {
        let display_name = change.display_name.as_deref().map(|text| DISPLAY_NAME.check(text)).transpose();
        let bio = change.bio.as_deref().map(|text| BIO.check(text)).transpose();
        match (display_name, bio) {
            (Ok(display_name), Ok(bio)) => Ok(Self { display_name, bio }),
            (display_name, bio) => Err([display_name.err(), bio.err()].into_iter().flatten().collect()),
        }
    }
}

/// A handle from a path, a query or a body.
pub(crate) fn handle(text: &str) -> Result<Handle, Violation> {
    if text.is_empty() {
        return Err(Violation::new("blank_user_handle", "handle", "it must not be blank"));
    }
    Handle::parse(text).map_err(|error| Violation::new("invalid_user_handle", "handle", error.to_string()))
}
