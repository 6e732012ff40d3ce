//! `GET /api/ui/traces/{id}/logs`: log records of a trace, by time.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use trace_model::{LogRecord, Nanos, Origin, SpanId};
use trace_store::StoredLogs;

use super::{
    attribute_values::{AttributeJson, ValueJson, ValueLimit, attributes},
    span_details::{ScopeJson, offset},
    state::State,
    trace_id, versioned_response,
};

/// Records in one response. With more, the response has `more`.
const MAX_LOGS: usize = 5_000;
/// Attribute values in one response, including those of resources, which many records share.
const MAX_VALUES: usize = 200_000;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/ui/traces/{id}/logs").get(logs));
}

#[derive(Serialize)]
struct LogsJson<'a> {
    logs: Vec<LogJson<'a>>,
    /// Later records, or some attribute values, are left out.
    more: bool,
}

#[derive(Serialize)]
struct LogJson<'a> {
    span_id: Option<SpanId>,
    time_unix_nano: String,
    /// Nanoseconds from the start of the trace; negative before it.
    offset: i64,
    severity_number: u32,
    severity_text: Cow<'a, str>,
    event_name: Cow<'a, str>,
    body: ValueJson<'a>,
    attributes: Vec<AttributeJson<'a>>,
    dropped_attributes: u32,
    service: Cow<'a, str>,
    resource: Vec<AttributeJson<'a>>,
    scope: ScopeJson<'a>,
    trace_flags: u32,
}

impl<'a> LogJson<'a> {
    fn new(origin: &Origin<'a>, record: LogRecord<'a>, trace_start: Nanos, limit: &ValueLimit) -> Self {
        Self {
            span_id: record.span_id,
            time_unix_nano: record.time.to_string(),
            offset: offset(record.time, trace_start),
            severity_number: record.severity_number,
            body: ValueJson::new(record.body(), limit),
            attributes: attributes(record.attributes(), limit),
            dropped_attributes: record.dropped_attributes,
            service: origin.resource.service_name(),
            resource: attributes(origin.resource.attributes(), limit),
            scope: origin.scope.into(),
            // OTLP reserves the upper bits.
            trace_flags: record.flags & 0xff,
            severity_text: record.severity_text,
            event_name: record.event_name,
        }
    }
}

async fn logs(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id::parse(&id) else { return trace_id::invalid(&id) };
    let Some(logs) = state.store.locate_logs(id, MAX_LOGS) else { return trace_id::not_found(id) };
    let (version, bytes) = (logs.version(), logs.bytes());
    versioned_response::respond(&state, &request, state.tag(version), bytes, move || serialize(&logs.read()))
        .await
}

fn serialize(logs: &StoredLogs) -> serde_json::Result<Vec<u8>> {
    let limit = ValueLimit::new(MAX_VALUES);
    let records = logs.records().map(|(origin, record)| LogJson::new(&origin, record, logs.start(), &limit));
    let records = records.collect();
    serde_json::to_vec(&LogsJson { logs: records, more: logs.has_more || limit.is_exceeded() })
}
