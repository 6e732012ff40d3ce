//! The built-in fields of a query: the type of each, and the operators that it takes.

use super::operator::Operator;

/// Type of the value that a field is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Text,
    Status,
    SpanKind,
    Duration,
    Count,
    Time,
    Id,
}

impl FieldType {
    pub(crate) const fn allows(self, operator: Operator) -> bool {
        match self {
            Self::Text => !operator.is_ordered(),
            Self::Status | Self::SpanKind | Self::Id => {
                matches!(operator, Operator::Equal | Operator::NotEqual)
            }
            Self::Duration | Self::Count => !matches!(operator, Operator::Contains | Operator::NotContains),
            Self::Time => matches!(operator, Operator::Equal),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) value_type: FieldType,
    /// Description in the completion menu.
    pub(crate) description: &'static str,
}

const fn field(name: &'static str, value_type: FieldType, description: &'static str) -> Field {
    Field { name, value_type, description }
}

/// In the order of the completion menu.
pub(crate) static FIELDS: [Field; 18] = [
    field("service", FieldType::Text, "the span's service"),
    field("name", FieldType::Text, "the span's name"),
    field("status", FieldType::Status, "error, ok or unset"),
    field("duration", FieldType::Duration, "of any span, as in 50ms; of the whole trace: trace.duration"),
    field("kind", FieldType::SpanKind, "server, client, .."),
    field("since", FieldType::Time, "the trace started after, as in 15m"),
    field("until", FieldType::Time, "the trace started before, as in 1h"),
    field("root", FieldType::Text, "the name of the trace's root span"),
    field("root.service", FieldType::Text, "the service of the trace's root span"),
    field("trace.duration", FieldType::Duration, "of the whole trace, as in 50ms"),
    field("trace.spans", FieldType::Count, "how many spans the trace has"),
    field("trace.errors", FieldType::Count, "how many of its spans failed"),
    field("trace.service", FieldType::Text, "a service anywhere in the trace"),
    field("parent.service", FieldType::Text, "the service of the parent span"),
    field("parent.name", FieldType::Text, "the name of the parent span"),
    field("trace.id", FieldType::Id, "32 hex digits"),
    field("span.id", FieldType::Id, "16 hex digits"),
    field("operation", FieldType::Text, "the same as name"),
];

/// Alternative names of fields.
const ALIASES: [(&str, &str); 1] = [("root.name", "root")];

pub(crate) fn find(name: &str) -> Option<&'static Field> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, field)| field);
    FIELDS.iter().find(|field| field.name == name)
}

pub(crate) fn is_known(name: &str) -> bool {
    find(name).is_some()
}
