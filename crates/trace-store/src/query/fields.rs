//! The fields that a query knows beside attributes: what they are compared with and how.

use super::Operator;

/// What stands on the right side of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Status,
    Role,
    Duration,
    Count,
    Time,
    Id,
}

impl Kind {
    pub(crate) const fn allows(self, operator: Operator) -> bool {
        match self {
            Self::Text => !operator.is_ordered(),
            Self::Status | Self::Role | Self::Id => matches!(operator, Operator::Is | Operator::IsNot),
            Self::Duration | Self::Count => !matches!(operator, Operator::Contains | Operator::Lacks),
            Self::Time => matches!(operator, Operator::Is),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// For the menu that completes a query.
    pub(crate) detail: &'static str,
}

const fn field(name: &'static str, kind: Kind, detail: &'static str) -> Field {
    Field { name, kind, detail }
}

/// In the order in which the menu offers them.
pub(crate) static FIELDS: [Field; 18] = [
    field("service", Kind::Text, "the span's service"),
    field("name", Kind::Text, "the span's name"),
    field("status", Kind::Status, "error, ok or unset"),
    field("duration", Kind::Duration, "the span's, as in 50ms"),
    field("kind", Kind::Role, "server, client, .."),
    field("since", Kind::Time, "the trace started after, as in 15m"),
    field("until", Kind::Time, "the trace started before, as in 1h"),
    field("root", Kind::Text, "the name of the trace's root"),
    field("root.service", Kind::Text, "the service of the trace's root"),
    field("trace.duration", Kind::Duration, "of the whole trace"),
    field("trace.spans", Kind::Count, "how many spans the trace has"),
    field("trace.errors", Kind::Count, "how many spans of it failed"),
    field("trace.service", Kind::Text, "a service anywhere in the trace"),
    field("parent.service", Kind::Text, "the service of the span above"),
    field("parent.name", Kind::Text, "the name of the span above"),
    field("trace.id", Kind::Id, "32 hex digits"),
    field("span.id", Kind::Id, "16 hex digits"),
    field("operation", Kind::Text, "the same as name"),
];

/// Other names of fields.
const ALIASES: [(&str, &str); 1] = [("root.name", "root")];

pub(crate) fn find(name: &str) -> Option<&'static Field> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, field)| field);
    FIELDS.iter().find(|field| field.name == name)
}

pub(crate) fn is_known(name: &str) -> bool {
    find(name).is_some()
}
