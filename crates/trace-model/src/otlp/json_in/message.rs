//! Messages from JSON, driven by a table of their fields: field name, protobuf number, type.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scalar;
use crate::wire::Writer;

/// The fields of one message.
pub(super) struct Message {
    name: &'static str,
    fields: &'static [(&'static str, u32, Kind)],
    /// Whether a field that is there says something even with its default value, as in a `oneof`.
    presence: bool,
}

/// How a field is written in JSON and in protobuf.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Id,
    Base64,
    Bool,
    Int64,
    Double,
    Fixed64,
    Fixed32,
    Uint32,
    Enum(&'static [&'static str]),
    One(&'static Message),
    Many(&'static Message),
}

pub(super) static REQUEST: Message = Message {
    presence: false,
    name: "an ExportTraceServiceRequest",
    fields: &[("resourceSpans", 1, Kind::Many(&RESOURCE_SPANS))],
};

static RESOURCE_SPANS: Message = Message {
    presence: false,
    name: "a ResourceSpans",
    fields: &[
        ("resource", 1, Kind::One(&RESOURCE)),
        ("scopeSpans", 2, Kind::Many(&SCOPE_SPANS)),
        ("schemaUrl", 3, Kind::Text),
    ],
};

static RESOURCE: Message = Message {
    presence: false,
    name: "a Resource",
    fields: &[("attributes", 1, Kind::Many(&KEY_VALUE)), ("droppedAttributesCount", 2, Kind::Uint32)],
};

static SCOPE_SPANS: Message = Message {
    presence: false,
    name: "a ScopeSpans",
    fields: &[("scope", 1, Kind::One(&SCOPE)), ("spans", 2, Kind::Many(&SPAN)), ("schemaUrl", 3, Kind::Text)],
};

static SCOPE: Message = Message {
    presence: false,
    name: "an InstrumentationScope",
    fields: &[
        ("name", 1, Kind::Text),
        ("version", 2, Kind::Text),
        ("attributes", 3, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 4, Kind::Uint32),
    ],
};

static SPAN: Message = Message {
    presence: false,
    name: "a Span",
    fields: &[
        ("traceId", 1, Kind::Id),
        ("spanId", 2, Kind::Id),
        ("traceState", 3, Kind::Text),
        ("parentSpanId", 4, Kind::Id),
        ("name", 5, Kind::Text),
        ("kind", 6, Kind::Enum(SPAN_KINDS)),
        ("startTimeUnixNano", 7, Kind::Fixed64),
        ("endTimeUnixNano", 8, Kind::Fixed64),
        ("attributes", 9, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 10, Kind::Uint32),
        ("events", 11, Kind::Many(&EVENT)),
        ("droppedEventsCount", 12, Kind::Uint32),
        ("links", 13, Kind::Many(&LINK)),
        ("droppedLinksCount", 14, Kind::Uint32),
        ("status", 15, Kind::One(&STATUS)),
        ("flags", 16, Kind::Fixed32),
    ],
};

static EVENT: Message = Message {
    presence: false,
    name: "an Event",
    fields: &[
        ("timeUnixNano", 1, Kind::Fixed64),
        ("name", 2, Kind::Text),
        ("attributes", 3, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 4, Kind::Uint32),
    ],
};

static LINK: Message = Message {
    presence: false,
    name: "a Link",
    fields: &[
        ("traceId", 1, Kind::Id),
        ("spanId", 2, Kind::Id),
        ("traceState", 3, Kind::Text),
        ("attributes", 4, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 5, Kind::Uint32),
        ("flags", 6, Kind::Fixed32),
    ],
};

static STATUS: Message = Message {
    presence: false,
    name: "a Status",
    fields: &[("message", 2, Kind::Text), ("code", 3, Kind::Enum(STATUS_CODES))],
};

static KEY_VALUE: Message = Message {
    presence: false,
    name: "a KeyValue",
    fields: &[("key", 1, Kind::Text), ("value", 2, Kind::One(&ANY_VALUE))],
};

static ANY_VALUE: Message = Message {
    presence: true,
    name: "an AnyValue",
    fields: &[
        ("stringValue", 1, Kind::Text),
        ("boolValue", 2, Kind::Bool),
        ("intValue", 3, Kind::Int64),
        ("doubleValue", 4, Kind::Double),
        ("arrayValue", 5, Kind::One(&ARRAY)),
        ("kvlistValue", 6, Kind::One(&MAP)),
        ("bytesValue", 7, Kind::Base64),
    ],
};

static ARRAY: Message =
    Message { presence: false, name: "an ArrayValue", fields: &[("values", 1, Kind::Many(&ANY_VALUE))] };
static MAP: Message =
    Message { presence: false, name: "a KeyValueList", fields: &[("values", 1, Kind::Many(&KEY_VALUE))] };

const SPAN_KINDS: &[&str] = &[
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUS_CODES: &[&str] = &["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/// Reads one message (or `null`) and appends its fields.
pub(super) fn read<'de, D: Deserializer<'de>>(
    json: D,
    message: &'static Message,
    out: &mut Writer,
) -> Result<(), D::Error> {
    json.deserialize_any(Fields { message, out }).map(drop)
}

/// An object's fields, written without a frame around them.
struct Fields<'w> {
    message: &'static Message,
    out: &'w mut Writer,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    /// Whether there was a message, and not `null`.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    /// Whether there was a message, and not `null`.
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message.name)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(name) = map.next_key_seed(scalar::Key(self.message.fields))? {
            match name {
                Some((number, kind)) => map.next_value_seed(Value {
                    number,
                    kind,
                    presence: self.message.presence,
                    out: &mut *self.out,
                })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(true)
    }
}

/// The value of one field, of whatever kind.
struct Value<'w> {
    number: u32,
    kind: Kind,
    presence: bool,
    out: &'w mut Writer,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Self { number, kind, presence, out } = self;
        match kind {
            Kind::Many(message) => json.deserialize_any(Many { number, message, out }),
            Kind::One(message) => {
                let before = out.len();
                let nested = out.begin(number);
                if json.deserialize_any(Fields { message, out: &mut *out })? {
                    out.end(nested);
                } else {
                    out.truncate(before);
                }
                Ok(())
            }
            scalar => json.deserialize_any(scalar::Scalar { number, kind: scalar, presence, out }),
        }
    }
}

/// A repeated message.
struct Many<'w> {
    number: u32,
    message: &'static Message,
    out: &'w mut Writer,
}

impl<'de> Visitor<'de> for Many<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list, each element {}", self.message.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let before = self.out.len();
            let nested = self.out.begin(self.number);
            if list.next_element_seed(Fields { message: self.message, out: &mut *self.out })?.is_none() {
                self.out.truncate(before);
                return Ok(());
            }
            self.out.end(nested);
        }
    }
}
