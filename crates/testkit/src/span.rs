//! A received span, with assertions on its attributes.
//!
//! Decoded with `opentelemetry-proto`, so that it shares no bug with the project's own decoder.

use std::fmt::Write as _;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as ProtoSpan};

use crate::value::{Value, attributes};

/// A span with its resource and scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits; `None` for a root.
    pub parent: Option<String>,
    /// `service.name` of the resource.
    pub service: String,
    pub name: String,
    /// `internal`, `server`, `client`, `producer`, `consumer` or `unspecified`
    pub kind: &'static str,
    /// Nanoseconds since the epoch.
    pub start: u64,
    /// Nanoseconds since the epoch.
    pub end: u64,
    /// `unset`, `ok` or `error`
    pub status: &'static str,
    pub status_message: String,
    pub trace_state: String,
    /// OTLP flags: W3C flags in the lowest byte, 0x100 and 0x200 for "parent is remote".
    pub flags: u32,
    pub attributes: Vec<(String, Value)>,
    pub events: Vec<Event>,
    pub links: Vec<Link>,
    pub resource: Vec<(String, Value)>,
    /// Name and version.
    pub scope: (String, String),
}

/// An event of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    /// Nanoseconds since the epoch.
    pub time: u64,
    pub attributes: Vec<(String, Value)>,
}

/// A link of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub trace_id: String,
    pub span_id: String,
    pub attributes: Vec<(String, Value)>,
}

impl Span {
    /// Label in assertions: `users [server] GET /users/{handle}`
    pub fn label(&self) -> String {
        format!("{} [{}] {}", self.service, self.kind, self.name)
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.attributes, key)
    }

    /// The value of a resource attribute.
    pub fn resource_attribute(&self, key: &str) -> Option<&Value> {
        find(&self.resource, key)
    }

    /// The attribute keys, sorted.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.attributes.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        keys
    }

    /// Asserts that an attribute occurs once, with this value of this type.
    ///
    /// # Panics
    /// If not; the message shows the span.
    #[track_caller]
    pub fn assert(&self, key: &str, value: impl Into<Value>) -> &Self {
        let expected = value.into();
        let found: Vec<&Value> =
            self.attributes.iter().filter(|(name, _)| name == key).map(|(_, value)| value).collect();
        assert!(
            found == [&expected],
            "{key} should be {expected:?} but is {found:?} in\n{}",
            self.describe()
        );
        self
    }

    /// Asserts that an attribute is missing.
    ///
    /// # Panics
    /// If it is present; the message shows the span.
    #[track_caller]
    pub fn assert_without(&self, key: &str) -> &Self {
        assert!(self.attribute(key).is_none(), "{key} should not be in\n{}", self.describe());
        self
    }

    /// Asserts the complete set of attributes, in any order.
    ///
    /// # Panics
    /// If the attributes differ; the message shows the span.
    #[track_caller]
    pub fn assert_exactly(&self, expected: &[(&str, Value)]) -> &Self {
        let mut expected: Vec<(String, Value)> =
            expected.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let mut found = self.attributes.clone();
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        assert!(found == expected, "expected exactly {expected:#?}\nfound\n{}", self.describe());
        self
    }

    /// The span with all attributes, events and links, for messages.
    pub fn describe(&self) -> String {
        let mut lines = vec![format!(
            "{}\n  trace {} span {} parent {}\n  {} ns, status {} {:?}",
            self.label(),
            self.trace_id,
            self.span_id,
            self.parent.as_deref().unwrap_or("none"),
            self.end.saturating_sub(self.start),
            self.status,
            self.status_message,
        )];
        lines.extend(self.attributes.iter().map(|(key, value)| format!("  {key} = {value}")));
        lines
            .extend(self.events.iter().map(|event| format!("  event {} {:?}", event.name, event.attributes)));
        lines.extend(self.links.iter().map(|link| format!("  link to {} {}", link.trace_id, link.span_id)));
        lines.join("\n")
    }
}

/// Decodes all spans of an export request.
pub(crate) fn decode(request: ExportTraceServiceRequest) -> Vec<Span> {
    request.resource_spans.into_iter().flat_map(spans_of_resource).collect()
}

pub(crate) fn spans_of_resource(group: ResourceSpans) -> Vec<Span> {
    let resource = attributes(group.resource.map(|resource| resource.attributes).unwrap_or_default());
    let service = find(&resource, "service.name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut spans = Vec::new();
    for group in group.scope_spans {
        let scope = group.scope.map(|scope| (scope.name, scope.version)).unwrap_or_default();
        for proto in group.spans {
            spans.push(Span {
                service: service.clone(),
                resource: resource.clone(),
                scope: scope.clone(),
                ..from_proto(proto)
            });
        }
    }
    spans
}

fn from_proto(proto: ProtoSpan) -> Span {
    let status = proto.status.unwrap_or_default();
    Span {
        trace_id: hex(&proto.trace_id),
        span_id: hex(&proto.span_id),
        parent: (!proto.parent_span_id.is_empty()).then(|| hex(&proto.parent_span_id)),
        name: proto.name,
        kind: match proto.kind {
            1 => "internal",
            2 => "server",
            3 => "client",
            4 => "producer",
            5 => "consumer",
            _ => "unspecified",
        },
        start: proto.start_time_unix_nano,
        end: proto.end_time_unix_nano,
        status: match status.code {
            1 => "ok",
            2 => "error",
            _ => "unset",
        },
        status_message: status.message,
        trace_state: proto.trace_state,
        flags: proto.flags,
        attributes: attributes(proto.attributes),
        events: proto
            .events
            .into_iter()
            .map(|event| Event {
                name: event.name,
                time: event.time_unix_nano,
                attributes: attributes(event.attributes),
            })
            .collect(),
        links: proto
            .links
            .into_iter()
            .map(|link| Link {
                trace_id: hex(&link.trace_id),
                span_id: hex(&link.span_id),
                attributes: attributes(link.attributes),
            })
            .collect(),
        ..Span::default()
    }
}

fn find<'a>(attributes: &'a [(String, Value)], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _into_a_string_never_fails = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span() -> Span {
        Span { attributes: vec![("http.response.status_code".into(), 200.into())], ..Span::default() }
    }

    #[test]
    fn an_assertion_passes_for_the_right_type() {
        span().assert("http.response.status_code", 200).assert_without("error.type");
        span().assert_exactly(&[("http.response.status_code", 200.into())]);
    }

    #[test]
    #[should_panic(expected = "should be String(\"200\") but is [Int(200)]")]
    fn an_assertion_fails_for_the_wrong_type() {
        span().assert("http.response.status_code", "200");
    }
}
