//! `GET /api/ui/traces/{id}/export?format=otlp|jaeger`, and `GET /api/ui/export?id=..&id=..&format=..` for several: traces
//! as a file that [`import`](super::import), and others, read.
//!
//! OTLP JSON says all that the spans and their log records say, and is the default: one object with `resourceSpans` and,
//! where there are log records, `resourceLogs`. Whoever reads but one of them passes over the other, as the
//! specification asks: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>. What Jaeger's JSON cannot say
//! stands in [`jaeger`].

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use trace_model::{
    TraceId, jaeger,
    otlp::{resource_logs, resource_spans},
};
use trace_store::{Store, StoredLogs, StoredTrace};

use super::{State, error, jaeger::Legacy, parameters::Parameters, written::written};

/// How many traces one file may hold.
const MAX_TRACES: usize = 100;
/// How many files are written at once. Each holds one trace, and a thread for as long as it is read.
pub(super) const AT_ONCE: usize = 4;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/ui/export", web::get().to(several))
        .route("/api/ui/traces/{id}/export", web::get().to(one));
}

#[derive(Clone, Copy)]
enum Format {
    Otlp,
    Jaeger,
}

async fn one(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    file(&state, &Parameters::of(&request), &[&id])
}

async fn several(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let parameters = Parameters::of(&request);
    let ids: Vec<_> = parameters.all("id").collect();
    if ids.is_empty() || ids.len() > MAX_TRACES {
        return error(StatusCode::BAD_REQUEST, &format!("1 to {MAX_TRACES} traces are given as id=.."));
    }
    file(&state, &parameters, &ids)
}

fn file(state: &State, parameters: &Parameters, ids: &[&str]) -> HttpResponse {
    let format = match parameters.get(&["format"]) {
        None | Some("otlp") => Format::Otlp,
        Some("jaeger") => Format::Jaeger,
        Some(_) => return error(StatusCode::BAD_REQUEST, "the format is otlp or jaeger"),
    };
    let mut traces = Vec::new();
    for id in ids {
        let Ok(id) = TraceId::parse_padded(id) else {
            return error(StatusCode::BAD_REQUEST, "a trace id is 32 hex digits");
        };
        if !state.store.has_spans(id) {
            return error(StatusCode::NOT_FOUND, &format!("there is no trace {id}"));
        }
        traces.push(id);
    }
    let Ok(permit) = state.exports.clone().try_acquire_owned() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "other files are being written; try again");
    };
    let name = match &*traces {
        [id] => format!("trace-{id}"),
        several => format!("{}-traces", several.len()),
    };
    let suffix = match format {
        Format::Otlp => "otlp",
        Format::Jaeger => "jaeger",
    };
    let store = state.store.clone();
    let body = written(move |out| {
        let _held = permit;
        let file = File { store: &store, ids: &traces };
        match format {
            Format::Otlp => serde_json::to_writer(out, &Otlp(file))?,
            Format::Jaeger => serde_json::to_writer(out, &Legacy::of(Traces(file), 0))?,
        }
        Ok(())
    });
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{suffix}.json\""),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(body)
}

/// Traces that are read one after another, while they are written: none is held for those before it.
#[derive(Clone, Copy)]
struct File<'s> {
    store: &'s Store,
    ids: &'s [TraceId],
}

impl<'s> File<'s> {
    /// One that has gone in the meantime is left out.
    fn traces(self) -> impl Iterator<Item = StoredTrace> + use<'s> {
        self.ids.iter().filter_map(move |id| self.store.trace(*id))
    }

    /// The log records of each, by time.
    fn logs(self) -> impl Iterator<Item = StoredLogs> + use<'s> {
        self.ids.iter().filter_map(move |id| self.store.logs(*id, usize::MAX))
    }

    fn has_logs(self) -> bool {
        self.ids.iter().any(|id| self.store.logs(*id, 0).is_some_and(|logs| logs.more))
    }
}

struct Otlp<'s>(File<'s>);

impl Serialize for Otlp<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resourceSpans", &ResourceSpans(self.0))?;
        // Without log records it is `TracesData`, which the strictest reader takes.
        if self.0.has_logs() {
            map.serialize_entry("resourceLogs", &ResourceLogs(self.0))?;
        }
        map.end()
    }
}

struct ResourceSpans<'s>(File<'s>);

impl Serialize for ResourceSpans<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for trace in self.0.traces() {
            for part in resource_spans(&trace.spans()) {
                list.serialize_element(&part)?;
            }
        }
        list.end()
    }
}

struct ResourceLogs<'s>(File<'s>);

impl Serialize for ResourceLogs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for logs in self.0.logs() {
            let records: Vec<_> = logs.records().collect();
            for part in resource_logs(&records) {
                list.serialize_element(&part)?;
            }
        }
        list.end()
    }
}

struct Traces<'s>(File<'s>);

impl Serialize for Traces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for trace in self.0.traces() {
            list.serialize_element(&jaeger::Trace::new(trace.trace_id, &trace.spans()))?;
        }
        list.end()
    }
}
