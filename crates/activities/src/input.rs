//! Validated input of the activities service.
//!
//! The wire types of `activities-api` are parsed here once; everything behind the handlers works with valid values.

use activities_api::{MAX_MESSAGE_CHARS, MAX_REPLY_CHARS, NewActivity, NewReply, Ttl};
use problem::Violation;
use service::text::Rule;
use users_api::Handle;
use uuid::Uuid;

const MESSAGE: Rule = Rule {
    field: "message",
    max_chars: MAX_MESSAGE_CHARS,
    blank: Some("message_blank"),
    too_long: "message_exceed_max_chars",
    control: "message_invalid",
};

const REPLY: Rule = Rule { max_chars: MAX_REPLY_CHARS, ..MESSAGE };

/// No message contains a term that is longer than a message.
const SEARCH_TERM: Rule = Rule {
    field: "term",
    max_chars: MAX_MESSAGE_CHARS,
    blank: Some("search_term_blank"),
    too_long: "search_term_exceed_max_chars",
    control: "search_term_invalid",
};

/// Valid input of `POST /activities`.
#[derive(Clone, Debug)]
pub(crate) struct ValidActivity {
    pub handle: Handle,
    pub message: String,
    pub ttl: Ttl,
}

impl ValidActivity {
    /// # Errors
    /// All violations of the input.
    pub(crate) fn parse(new: &NewActivity) -> Result<Self, Vec<Violation>> {
        let handle = Handle::parse(&new.handle).map_err(Violation::from);
        let ttl = Ttl::parse(&new.ttl).map_err(Violation::from);
        match (handle, MESSAGE.check(&new.message), ttl) {
            (Ok(handle), Ok(message), Ok(ttl)) => Ok(Self { handle, message, ttl }),
            (handle, message, ttl) => {
                Err([handle.err(), message.err(), ttl.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// Valid input of `POST /activities/{uuid}/reply`.
#[derive(Clone, Debug)]
pub(crate) struct ValidReply {
    pub activity: Uuid,
    pub handle: Handle,
    pub message: String,
}

impl ValidReply {
    /// # Errors
    /// All violations of the input.
    pub(crate) fn parse(activity: &str, new: &NewReply) -> Result<Self, Vec<Violation>> {
        let handle = Handle::parse(&new.handle).map_err(Violation::from);
        match (activity_uuid(activity), handle, REPLY.check(&new.message)) {
            (Ok(activity), Ok(handle), Ok(message)) => Ok(Self { activity, handle, message }),
            (activity, handle, message) => {
                Err([activity.err(), handle.err(), message.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// The UUID of an activity, from a path.
pub(crate) fn activity_uuid(text: &str) -> Result<Uuid, Violation> {
    Uuid::try_parse(text)
        .map_err(|_| Violation::new("invalid_activity_uuid", "uuid", "it must be the UUID of an activity"))
}

/// The term of a search.
pub(crate) fn search_term(text: &str) -> Result<String, Violation> {
    SEARCH_TERM.check(text)
}

/// The users that a message mentions (`@worf`): each once, in order of appearance, at most `limit`.
pub(crate) fn mentions(message: &str, limit: usize) -> Vec<Handle> {
    let mut mentions = Vec::new();
    for rest in message.split('@').skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if let Some(Ok(handle)) = rest.get(..end).map(Handle::parse)
            && mentions.len() < limit
            && !mentions.contains(&handle)
        {
            mentions.push(handle);
        }
    }
    mentions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_reports_every_violation_at_once() {
        let violations = ValidActivity::parse(&NewActivity::default()).unwrap_err();
        let codes: Vec<_> = violations.iter().map(|violation| violation.code.as_ref()).collect();
        assert_eq!(codes, ["blank_user_handle", "message_blank", "ttl_blank"]);
    }

    #[test]
    fn mentions_are_found_once_each_up_to_the_limit() {
        let found = |message| mentions(message, 3).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(found("@Worf, @garek: @worf! é@londo"), ["worf", "garek", "londo"]);
        assert_eq!(found("no one @ all, @é, a@b @c @d @e"), ["b", "c", "d"]);
    }
}
