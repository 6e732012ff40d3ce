//! Spans of Zipkin's API, version 2 (<https://zipkin.io/zipkin-api/zipkin2-api.yaml>).
//!
//! Tags become attributes that are strings. The tags `otel.status_code` and `error` become the status, as OpenTelemetry's
//! exporter to Zipkin writes it. The remote endpoint becomes `peer.service` and `network.peer.*`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    attributes,
    lists::each_value,
    span_writer::{Origin, SpanWriter, write_kind, write_span_id, write_status, write_text, write_trace_id},
};
use crate::{
    micros::Micros,
    span::{SpanKind, StatusCode},
    wire::Writer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    #[serde(borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    timestamp: Micros,
    #[serde(default)]
    duration: Micros,
    #[serde(borrow)]
    local_endpoint: Option<Endpoint<'a>>,
    #[serde(borrow)]
    remote_endpoint: Option<Endpoint<'a>>,
    #[serde(borrow)]
    annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint<'a> {
    #[serde(borrow)]
    service_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ipv4: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ipv6: Option<Cow<'a, str>>,
    port: Option<u16>,
}

#[derive(Deserialize)]
struct Annotation<'a> {
    #[serde(default)]
    timestamp: Micros,
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
}

/// Tags that are fields of OpenTelemetry. Not all programs write them as strings.
#[derive(Default, Deserialize)]
struct FieldTags<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow, rename = "otel.status_code")]
    status_code: Option<&'a RawValue>,
}

pub(super) fn read(json: &str, out: &mut SpanWriter) -> Result<(), serde_json::Error> {
    let span: Span<'_> = serde_json::from_str(json)?;
    let origin = Origin { resource: span.resource(), ..Origin::default() };
    out.add(origin, |out, clamp| {
        write_trace_id(1, &span.trace_id, out);
        write_span_id(2, &span.id, out);
        write_span_id(4, span.parent_id.as_deref().unwrap_or_default(), out);
        write_text(5, span.name.as_deref().unwrap_or_default(), out);
        write_kind(span.kind(), out);
        let start = span.timestamp.nanos();
        out.time(7, clamp.nanos(start));
        out.time(8, clamp.nanos(start.saturating_add(span.duration.nanos())));
        attributes::write(span.tags, 9, out)?;
        if let Some(endpoint) = &span.remote_endpoint {
            endpoint.write_peer(out);
        }
        each_value(span.annotations, |annotation| {
            let annotation: Annotation<'_> = serde_json::from_str(annotation)?;
            let event = out.begin(11);
            out.time(1, clamp.nanos(annotation.timestamp.nanos()));
            write_text(2, annotation.value.as_deref().unwrap_or_default(), out);
            out.end(event);
            Ok(())
        })?;
        let (code, message) = span.status()?;
        write_status(code, &message, out);
        Ok(())
    })
}

impl<'a> Span<'a> {
    fn resource(&self) -> Vec<u8> {
        let mut out = Writer::new();
        if let Some(name) = self.local_endpoint.as_ref().and_then(|endpoint| endpoint.service_name.as_deref())
        {
            attributes::write_text(1, "service.name", name, &mut out);
        }
        out.into_bytes()
    }

    /// Zipkin has no kind for work inside of a service.
    fn kind(&self) -> SpanKind {
        match self.kind.as_deref() {
            Some("CLIENT") => SpanKind::Client,
            Some("SERVER") => SpanKind::Server,
            Some("PRODUCER") => SpanKind::Producer,
            Some("CONSUMER") => SpanKind::Consumer,
            _ => SpanKind::Internal,
        }
    }

    /// The status, and its message.
    fn status(&self) -> Result<(StatusCode, Cow<'a, str>), serde_json::Error> {
        let tags: FieldTags<'a> =
            self.tags.map(|tags| serde_json::from_str(tags.get())).transpose()?.unwrap_or_default();
        let [code, error] = [tags.status_code, tags.error].map(|tag| tag.map(text));
        let message = error.clone().filter(|error| error != "true").unwrap_or_default();
        Ok(match (code.as_deref(), error) {
            (Some("OK"), _) => (StatusCode::Ok, Cow::Borrowed("")),
            (Some("ERROR"), _) | (_, Some(_)) => (StatusCode::Error, message),
            _ => (StatusCode::Unset, Cow::Borrowed("")),
        })
    }
}

/// The text of a string, or the JSON of another value.
fn text(value: &RawValue) -> Cow<'_, str> {
    serde_json::from_str(value.get()).map_or(Cow::Borrowed(value.get()), Cow::Owned)
}

impl Endpoint<'_> {
    fn write_peer(&self, out: &mut Writer) {
        let texts = [
            ("peer.service", self.service_name.as_deref()),
            ("network.peer.address", self.ipv4.as_deref().or(self.ipv6.as_deref())),
        ];
        for (key, text) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                attributes::write_text(9, key, text, out);
            }
        }
        if let Some(port) = self.port.filter(|port| *port > 0) {
            let key_value = out.begin(9);
            out.bytes(1, b"network.peer.port");
            let value = out.begin(2);
            out.varint(3, u64::from(port));
            out.end(value);
            out.end(key_value);
        }
    }
}
