//! The log records of a trace, by time.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use trace_model::{LogRecord, Nanos, Origin, SpanId, TraceId};
use trace_store::StoredLogs;

use super::{
    State,
    attribute_values::{AttributeJson, Room, TypedJson, attributes},
    error, of_version,
    span_details::{ScopeJson, offset},
    traces::no_such_trace,
};

/// No one reads more lines than this; `more` says that there are.
const MAX_LOGS: usize = 5_000;
/// Values of all of them together, with those of their resources, which many share.
const MAX_VALUES: usize = 200_000;

#[derive(Serialize)]
struct LogsJson<'a> {
    logs: Vec<LogJson<'a>>,
    /// There are later ones.
    more: bool,
}

#[derive(Serialize)]
struct LogJson<'a> {
    span_id: Option<SpanId>,
    time_unix_nano: String,
    /// Nanoseconds from the start of the trace; below zero for what was said before.
    offset: i64,
    severity_number: u32,
    severity_text: Cow<'a, str>,
    event_name: Cow<'a, str>,
    body: TypedJson<'a>,
    attributes: Vec<AttributeJson<'a>>,
    dropped_attributes: u32,
    service: Cow<'a, str>,
    resource: Vec<AttributeJson<'a>>,
    scope: ScopeJson<'a>,
    trace_flags: u32,
}

impl<'a> LogJson<'a> {
    fn new(origin: &Origin<'a>, record: LogRecord<'a>, trace_start: Nanos, room: &Room) -> Self {
        Self {
            span_id: record.span_id,
            time_unix_nano: record.time.to_string(),
            offset: offset(record.time, trace_start),
            severity_number: record.severity_number,
            body: TypedJson::new(record.body(), room),
            attributes: attributes(record.attributes(), room),
            dropped_attributes: record.dropped_attributes,
            service: origin.resource.service_name(),
            resource: attributes(origin.resource.attributes(), room),
            scope: origin.scope.into(),
            // The upper bits are reserved.
            trace_flags: record.flags & 0xff,
            severity_text: record.severity_text,
            event_name: record.event_name,
        }
    }
}

pub(super) async fn logs(
    state: web::Data<State>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    let Ok(id) = TraceId::parse_padded(&id) else {
        return error(StatusCode::BAD_REQUEST, "a trace id is 32 hex digits");
    };
    let Some(logs) = state.store.locate_logs(id, MAX_LOGS) else { return no_such_trace() };
    of_version(&state, &request, logs.version(), logs.bytes(), move || write(&logs.read())).await
}

fn write(logs: &StoredLogs) -> serde_json::Result<Vec<u8>> {
    let room = Room::new(MAX_VALUES);
    let records = logs.records().map(|(origin, record)| LogJson::new(&origin, record, logs.start(), &room));
    let logs_json = records.collect();
    serde_json::to_vec(&LogsJson { logs: logs_json, more: logs.has_more || room.was_full() })
}
