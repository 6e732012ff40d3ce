//! JSON schemas of what callers write, made from the same limits that the services check.

use activities_api::{MAX_MESSAGE_CHARS, MAX_REPLY_CHARS, Ttl};
use service::text::{Blank, pattern};
use users_api::{MAX_BIO_CHARS, MAX_DISPLAY_NAME_CHARS};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// The message of an activity.
pub(crate) fn message() -> Object {
    text(Blank::Rejected, MAX_MESSAGE_CHARS).examples(["Cloud is very fun!"]).build()
}

/// The message of a reply.
pub(crate) fn reply() -> Object {
    text(Blank::Rejected, MAX_REPLY_CHARS).examples(["This post has no honor!"]).build()
}

/// A search term. No message contains a longer one than itself. A type, because the parameter is required, and utoipa
/// makes parameters with a schema of a function optional.
pub(crate) struct SearchTerm;

impl PartialSchema for SearchTerm {
    fn schema() -> RefOr<Schema> {
        text(Blank::Rejected, MAX_MESSAGE_CHARS).examples(["cloud"]).into()
    }
}

impl ToSchema for SearchTerm {}

/// A display name.
pub(crate) fn display_name() -> Object {
    text(Blank::Rejected, MAX_DISPLAY_NAME_CHARS).build()
}

/// A bio: null leaves it unchanged.
pub(crate) fn bio() -> Object {
    let nullable = SchemaType::from_iter([Type::String, Type::Null]);
    text(Blank::Allowed, MAX_BIO_CHARS).schema_type(nullable).build()
}

/// The time to live of an activity.
pub(crate) fn ttl() -> Object {
    let names = Ttl::ALL.map(Ttl::as_str);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).examples(["7-days"]).build()
}

fn text(blank: Blank, max_chars: usize) -> ObjectBuilder {
    let min = usize::from(blank == Blank::Rejected);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(min))
        .max_length(Some(max_chars))
        .pattern(Some(pattern(blank)))
}
