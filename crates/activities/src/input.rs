//! What arrives from a caller: checked once, here.

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

/// Longer than a message, a term is in none.
const TERM: Rule = Rule {
    field: "term",
    max_chars: MAX_MESSAGE_CHARS,
    blank: Some("search_term_blank"),
    too_long: "search_term_exceed_max_chars",
    control: "search_term_invalid",
};

/// An activity that may be posted.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub handle: Handle,
    pub message: String,
    pub ttl: Ttl,
}

impl Post {
    /// Checks what arrived, and says all that is wrong with it.
    pub(crate) fn parse(new: &NewActivity) -> Result<Self, Vec<Violation>> {
        let ttl = Ttl::parse(&new.ttl).map_err(Violation::from);
        match (handle(&new.handle), MESSAGE.check(&new.message), ttl) {
            (Ok(handle), Ok(message), Ok(ttl)) => Ok(Self { handle, message, ttl }),
            (handle, message, ttl) => {
                Err([handle.err(), message.err(), ttl.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// A reply that may be made.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub to: Uuid,
    pub handle: Handle,
    pub message: String,
}

impl Answer {
    /// Checks what arrived, and says all that is wrong with it.
    pub(crate) fn parse(to: &str, new: &NewReply) -> Result<Self, Vec<Violation>> {
        match (activity_uuid(to), handle(&new.handle), REPLY.check(&new.message)) {
            (Ok(to), Ok(handle), Ok(message)) => Ok(Self { to, handle, message }),
            (to, handle, message) => {
                Err([to.err(), handle.err(), message.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// A handle from a path or a body.
pub(crate) fn handle(text: &str) -> Result<Handle, Violation> {
    if text.is_empty() {
        return Err(Violation::new("blank_user_handle", "handle", "it must not be blank"));
    }
    Handle::parse(text).map_err(|error| Violation::new("invalid_user_handle", "handle", error.to_string()))
}

/// An activity's uuid from a path.
pub(crate) fn activity_uuid(text: &str) -> Result<Uuid, Violation> {
    Uuid::try_parse(text)
        .map_err(|_| Violation::new("invalid_activity_uuid", "uuid", "it must be the uuid of an activity"))
}

/// What to search for.
pub(crate) fn term(text: &str) -> Result<String, Violation> {
    TERM.check(text)
}

/// The users that a message names, `@worf`; each once, in their order, at most `limit`.
pub(crate) fn mentions(message: &str, limit: usize) -> Vec<Handle> {
    let mut mentions = Vec::new();
    for name in message.split('@').skip(1) {
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        if let Some(Ok(handle)) = name.get(..end).map(Handle::parse)
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
    fn everything_that_is_wrong_with_a_post_is_said_at_once() {
        let violations = Post::parse(&NewActivity::default()).unwrap_err();
        let codes: Vec<_> = violations.iter().map(|violation| violation.code.as_ref()).collect();
        assert_eq!(codes, ["blank_user_handle", "message_blank", "ttl_blank"]);
    }

    #[test]
    fn mentions_are_found_once_each() {
        let found = |message| mentions(message, 3).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(found("@Worf, @garek: @worf! é@londo"), ["worf", "garek", "londo"]);
        assert_eq!(found("no one @ all, @é, a@b @c @d @e"), ["b", "c", "d"]);
    }
}
