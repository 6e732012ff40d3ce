//! Splits encoded requests of metrics and log records that a destination refuses as too large (413).
//!
//! OpenTelemetry's exporters encode them. In OTLP the requests of all signals have one shape: items in scopes in
//! resources. An item is a metric with all its data points, or a log record.

use std::collections::VecDeque;
use std::io::{self, Read as _};
use std::ops::Range;

use ::http::Request;
use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use flate2::read::GzDecoder;
use prost::Message;
use serde_json::Value;

use super::gzip::compressed;
use super::split::MAX_REFUSALS;

/// The bytes of a request that are decompressed. Nothing near to that is ever sent.
const MAX_DECOMPRESSED: u64 = 256 << 20;

/// Why a part was not accepted.
pub(super) enum Refusal {
    TooLarge(String),
    Other(String),
}

/// Sends a request: as a whole, or in parts where `send` refuses it as too large. Returns the last response.
///
/// # Errors
/// How many items were dropped, and why the last of them were.
pub(super) fn send_in_parts<R>(
    request: Request<Bytes>,
    send: impl Fn(Request<Bytes>) -> Result<R, Refusal>,
) -> Result<R, String> {
    let (head, body) = request.into_parts();
    let with_body = |body| Request::from_parts(head.clone(), body);
    let reason = match send(with_body(body.clone())) {
        Ok(response) => return Ok(response),
        Err(Refusal::Other(reason)) => return Err(reason),
        Err(Refusal::TooLarge(reason)) => reason,
    };
    let Some(items) = Items::read(&head.headers, &body) else { return Err(reason) };
    let all = items.count;
    if all < 2 {
        return Err(reason);
    }
    tracing::info!(
        target: "telemetry::export",
        bytes = body.len(),
        "metrics or log records were refused as too large and are sent in parts"
    );
    let mut parts = VecDeque::from(halves(0..all));
    let (mut refusals, mut dropped, mut last, mut why) = (0, 0, None, reason);
    while let Some(part) = parts.pop_front() {
        let body = items.part(&part).map_err(|error| error.to_string())?;
        match send(with_body(body)) {
            Ok(response) => {
                refusals = 0;
                last = Some(response);
            }
            Err(Refusal::TooLarge(reason)) if refusals < MAX_REFUSALS => {
                refusals += 1;
                if part.len() > 1 {
                    halves(part).into_iter().rev().for_each(|half| parts.push_front(half));
                } else {
                    dropped += 1;
                    why = reason;
                }
            }
            // It refuses everything, or is gone.
            Err(Refusal::TooLarge(reason) | Refusal::Other(reason)) => {
                dropped += part.len() + parts.drain(..).map(|part| part.len()).sum::<usize>();
                why = reason;
            }
        }
    }
    match last {
        Some(response) if dropped == 0 => Ok(response),
        _ => Err(format!("{dropped} of {all} are dropped: {why}")),
    }
}

fn halves(range: Range<usize>) -> [Range<usize>; 2] {
    let middle = range.start + range.len() / 2;
    [range.start..middle, middle..range.end]
}

/// A decoded request.
struct Items {
    export: Export,
    count: usize,
    is_compressed: bool,
}

#[derive(Clone)]
enum Export {
    Protobuf(ExportRequest),
    Json(Value),
}

impl Items {
    /// `None` for a body that is no request.
    fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let has = |name, value: &str| headers.get(name).is_some_and(|found| found == value);
        let is_compressed = has(CONTENT_ENCODING, "gzip");
        let mut plain = Vec::new();
        if is_compressed {
            GzDecoder::new(body).take(MAX_DECOMPRESSED).read_to_end(&mut plain).ok()?;
        } else {
            plain.extend_from_slice(body);
        }
        let mut export = if has(CONTENT_TYPE, "application/json") {
            Export::Json(serde_json::from_slice(&plain).ok()?)
        } else {
            Export::Protobuf(ExportRequest::decode(&plain[..]).ok()?)
        };
        let mut count = 0;
        export.retain(&mut || {
            count += 1;
            true
        });
        Some(Self { export, count, is_compressed })
    }

    /// The body of a request with these items, by their numbers.
    fn part(&self, wanted: &Range<usize>) -> io::Result<Bytes> {
        let mut numbers = 0..;
        let mut part = self.export.clone();
        part.retain(&mut || numbers.next().is_some_and(|number| wanted.contains(&number)));
        let body = match part {
            Export::Protobuf(export) => export.encode_to_vec(),
            Export::Json(export) => serde_json::to_vec(&export)?,
        };
        Ok(Bytes::from(if self.is_compressed { compressed(&body)? } else { body }))
    }
}

impl Export {
    /// Removes the items for which `is_wanted` is false, in their order, and scopes without items.
    fn retain(&mut self, is_wanted: &mut dyn FnMut() -> bool) {
        match self {
            Self::Protobuf(export) => {
                for resource in &mut export.resources {
                    resource.scopes.retain_mut(|scope| {
                        scope.items.retain(|_| is_wanted());
                        !scope.items.is_empty()
                    });
                }
            }
            Self::Json(export) => {
                for resource in list(export).into_iter().flatten() {
                    let Some(scopes) = list(resource) else { continue };
                    scopes.retain_mut(|scope| {
                        list(scope).is_some_and(|items| {
                            items.retain(|_| is_wanted());
                            !items.is_empty()
                        })
                    });
                }
            }
        }
    }
}

/// The only list of a request, of its resources or of their scopes.
fn list(value: &mut Value) -> Option<&mut Vec<Value>> {
    value.as_object_mut()?.values_mut().find_map(Value::as_array_mut)
}

/// `ExportLogsServiceRequest` or `ExportMetricsServiceRequest`.
#[derive(Clone, PartialEq, Message)]
struct ExportRequest {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<ResourceItems>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceItems {
    #[prost(bytes = "vec", optional, tag = "1")]
    resource: Option<Vec<u8>>,
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<ScopeItems>,
    #[prost(string, tag = "3")]
    schema_url: String,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeItems {
    #[prost(bytes = "vec", optional, tag = "1")]
    scope: Option<Vec<u8>>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    items: Vec<Bytes>,
    #[prost(string, tag = "3")]
    schema_url: String,
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn export(items: &[usize]) -> ExportRequest {
        let scope = |items: &[usize]| ScopeItems {
            scope: Some(vec![1, 2]),
            items: items.iter().map(|length| Bytes::from(vec![b'a'; *length])).collect(),
            schema_url: "https://example.com".to_owned(),
        };
        // Two scopes, to be split in the middle of either.
        let (first, second) = items.split_at(items.len() / 3);
        let resource = ResourceItems {
            resource: Some(vec![3]),
            scopes: vec![scope(first), scope(second)],
            schema_url: String::new(),
        };
        ExportRequest { resources: vec![resource] }
    }

    fn json(items: &[usize]) -> Value {
        let records: Vec<Value> =
            items.iter().map(|length| serde_json::json!({ "body": "a".repeat(*length) })).collect();
        let scope = serde_json::json!({ "scope": { "name": "s" }, "logRecords": records, "schemaUrl": "" });
        serde_json::json!({ "resourceLogs": [{ "resource": { "attributes": [] }, "scopeLogs": [scope] }] })
    }

    /// Each encoding of a request with items of these lengths.
    fn requests(items: &[usize]) -> [Request<Bytes>; 3] {
        let protobuf = export(items).encode_to_vec();
        let json = serde_json::to_vec(&json(items)).unwrap();
        let request = |kind| Request::post("http://localhost").header(CONTENT_TYPE, kind);
        let gzip = request("application/x-protobuf").header(CONTENT_ENCODING, "gzip");
        [
            request("application/x-protobuf").body(Bytes::from(protobuf.clone())).unwrap(),
            request("application/json").body(Bytes::from(json)).unwrap(),
            gzip.body(Bytes::from(compressed(&protobuf).unwrap())).unwrap(),
        ]
    }

    /// Sends a request to a destination that takes `limit` items of at most 1,000 bytes each. Returns the outcome, the
    /// accepted items, and the number of refusals.
    fn sent(request: Request<Bytes>, limit: usize) -> (Result<(), String>, usize, usize) {
        let (accepted, refused) = (RefCell::new(0), RefCell::new(0));
        let outcome = send_in_parts(request, |part| {
            let items = Items::read(part.headers(), part.body()).expect("a request");
            let size = match &items.export {
                Export::Protobuf(export) => export.encoded_len(),
                Export::Json(export) => export.to_string().len(),
            };
            if items.count > limit || size > 1_000 * items.count + 200 {
                *refused.borrow_mut() += 1;
                return Err(Refusal::TooLarge("too large".to_owned()));
            }
            *accepted.borrow_mut() += items.count;
            Ok(())
        });
        (outcome, accepted.into_inner(), refused.into_inner())
    }

    #[test]
    fn every_item_arrives_once_in_parts() {
        for request in requests(&[10; 23]) {
            assert_eq!(sent(request.clone(), 23), (Ok(()), 23, 0));
            let (outcome, accepted, refused) = sent(request, 3);
            assert_eq!((outcome, accepted), (Ok(()), 23));
            assert!(refused < 23, "{refused}");
        }
    }

    #[test]
    fn an_item_that_is_too_large_costs_no_other() {
        let mut lengths = [10; 23];
        lengths[11] = 30_000;
        for request in requests(&lengths) {
            let (outcome, accepted, _) = sent(request, 100);
            assert_eq!(outcome, Err("1 of 23 are dropped: too large".to_owned()));
            assert_eq!(accepted, 22);
        }
    }

    #[test]
    fn a_destination_that_refuses_everything_is_asked_a_bounded_number_of_times() {
        for request in requests(&[10; 2_000]) {
            let (outcome, accepted, refused) = sent(request, 0);
            assert_eq!(outcome, Err("2000 of 2000 are dropped: too large".to_owned()));
            assert!(accepted == 0 && refused < 50, "{refused}");
        }
    }

    #[test]
    fn parts_keep_resource_scopes_and_the_order() {
        let [request, ..] = requests(&[1, 2, 3, 4, 5, 6]);
        let items = Items::read(request.headers(), request.body()).unwrap();
        let read = |part| ExportRequest::decode(items.part(&part).unwrap()).unwrap();
        let mut whole = read(0..3);
        let rest = read(3..6).resources.remove(0);
        assert_eq!(rest.resource, Some(vec![3]));
        assert_eq!(rest.scopes.len(), 1, "no scope without items");
        whole.resources[0].scopes[1].items.extend(rest.scopes[0].items.clone());
        assert_eq!(whole, export(&[1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn a_destination_that_goes_away_between_parts_costs_the_rest() {
        let calls = RefCell::new(0);
        let [request, ..] = requests(&[10; 8]);
        let outcome = send_in_parts(request, |part| {
            let items = Items::read(part.headers(), part.body()).expect("a request");
            *calls.borrow_mut() += 1;
            match (items.count, *calls.borrow()) {
                (8, _) => Err(Refusal::TooLarge("too large".to_owned())),
                (_, 2) => Ok(()),
                _ => Err(Refusal::Other("gone".to_owned())),
            }
        });
        assert_eq!(outcome, Err("4 of 8 are dropped: gone".to_owned()));
    }
}
