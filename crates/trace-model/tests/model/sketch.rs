//! Traces for tests, written as indented text: one span a line, below its parent.
//!
//! ```text
//! web@a   server  buy   0..100  error
//!   web@a client  GET   10..90  error status
//!     shop server GET   20..80  remote
//! ```
//!
//! A line has the service (and its host after `@`, or its instance after `#`), the kind, the name, start and end in milliseconds, and words:
//! `error`, `error:message`, `exception:message|stack` (the event of one), `status` (an HTTP response status), `grpc:code` (an RPC's),
//! `db` (a database call), `resent` (a request that is sent again), `http://..` (what was called), `->name` (its peer), `remote` or
//! `local` (where the parent was), `orphan` (its parent is not in the trace), `lost` (likewise, and one parent for all that have
//! this word). Ids count from 1 in the order of the lines.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value as ProtoValue,
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span::Event},
};
use prost::Message;

use crate::{corpus::Recording, reference::attribute};

const START: u64 = 1_700_000_000_123_456_789;
const MILLISECOND: u64 = 1_000_000;
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// The recording of one trace.
pub(crate) fn sketch(text: &str) -> Recording {
    let mut by_process = BTreeMap::<String, Vec<Span>>::new();
    let mut open: Vec<(usize, u64)> = Vec::new();
    for (line, id) in text.lines().filter(|line| !line.trim().is_empty()).zip(1_u64..) {
        let indent = line.len() - line.trim_start().len();
        while open.last().is_some_and(|(above, _)| *above >= indent) {
            open.pop();
        }
        let parent = open.last().map(|(_, id)| *id);
        open.push((indent, id));
        let (process, span) = read_line(line.trim(), id, parent);
        by_process.entry(process).or_default().push(span);
    }
    let resource_spans =
        by_process.into_iter().map(|(process, spans)| resource_spans(&process, spans)).collect();
    Recording::from_request(ExportTraceServiceRequest { resource_spans }.encode_to_vec())
}

fn read_line(line: &str, id: u64, parent: Option<u64>) -> (String, Span) {
    let mut words = line.split_whitespace();
    let mut word = || words.next().unwrap_or_else(|| panic!("too few words: {line}"));
    let (process, kind, name, times) = (word(), word(), word(), word());
    let kinds = ["internal", "server", "client", "producer", "consumer"];
    let kind = kinds.iter().position(|known| *known == kind).expect("a kind") + 1;
    let (start, end) = times.split_once("..").expect("START..END");
    let unix = |time: &str| START + time.parse::<u64>().expect("milliseconds") * MILLISECOND;
    let mut span = Span {
        trace_id: vec![7; 16],
        span_id: id.to_be_bytes().into(),
        parent_span_id: parent.map_or_else(Vec::new, |id| id.to_be_bytes().into()),
        name: name.to_owned(),
        kind: i32::try_from(kind).unwrap(),
        start_time_unix_nano: unix(start),
        end_time_unix_nano: unix(end),
        ..Span::default()
    };
    for word in words {
        match word {
            "error" => span.status = Some(Status { code: 2, message: String::new() }),
            error if error.starts_with("error:") => {
                span.status = Some(Status { code: 2, message: error[6..].to_owned() });
            }
            exception if exception.starts_with("exception:") => {
                let (message, stack) = exception[10..].split_once('|').unwrap_or((&exception[10..], ""));
                let text = |text: &str| ProtoValue::StringValue(text.to_owned());
                let attributes = vec![
                    attribute("exception.message", text(message)),
                    attribute("exception.stacktrace", text(stack)),
                ];
                span.events.push(Event { name: "exception".to_owned(), attributes, ..Event::default() });
            }
            code if code.starts_with("grpc:") => {
                let code = ProtoValue::IntValue(code[5..].parse().expect("a code"));
                span.attributes.push(attribute("rpc.grpc.status_code", code));
            }
            "resent" => {
                span.attributes.push(attribute("http.request.resend_count", ProtoValue::IntValue(1)));
            }
            "status" => {
                span.attributes.push(attribute("http.response.status_code", ProtoValue::IntValue(500)));
            }
            peer if peer.starts_with("->") => {
                let name = ProtoValue::StringValue(peer[2..].to_owned());
                span.attributes.push(attribute("peer.service", name));
            }
            "db" => {
                span.attributes.push(attribute("db.system.name", ProtoValue::StringValue("sqlite".into())));
            }
            url if url.starts_with("http://") => {
                span.attributes.push(attribute("url.full", ProtoValue::StringValue(url.to_owned())));
            }
            "remote" => span.flags |= HAS_IS_REMOTE | IS_REMOTE,
            "local" => span.flags |= HAS_IS_REMOTE,
            "lost" => span.parent_span_id = 0xee_0000_u64.to_be_bytes().into(),
            "orphan" => span.parent_span_id = (0xff_0000 + id).to_be_bytes().into(),
            other => panic!("no such word: {other}"),
        }
    }
    (process.to_owned(), span)
}

fn resource_spans(process: &str, spans: Vec<Span>) -> ResourceSpans {
    let part = |separator| process.split_once(separator);
    let (service, about) = match (part('@'), part('#')) {
        (Some((service, host)), _) => (service, Some(("host.name", host))),
        (None, Some((service, instance))) => (service, Some(("service.instance.id", instance))),
        (None, None) => (process, None),
    };
    let text = |text: &str| ProtoValue::StringValue(text.to_owned());
    let mut attributes = vec![attribute("service.name", text(service))];
    attributes.extend(about.map(|(key, value)| attribute(key, text(value))));
    ResourceSpans {
        resource: Some(Resource { attributes, ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}
