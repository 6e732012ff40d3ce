//! `GET /api/ui/traces/{id}/export?format=otlp|jaeger`, and `GET /api/ui/export?id=..&id=..&format=..` for several: traces
//! as a file that [`import`](super::import), and others, read.
//!
//! OTLP JSON says all that the spans say, and is the default. What Jaeger's cannot say stands in [`jaeger`].

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::{Serialize, Serializer, ser::SerializeSeq};
use trace_model::{TraceId, jaeger, otlp::resource_spans};
use trace_store::{Store, StoredTrace};

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
            Format::Otlp => serde_json::to_writer(out, &TracesData { resource_spans: ResourceSpans(file) })?,
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

impl File<'_> {
    /// One that has gone in the meantime is left out.
    fn traces(self) -> impl Iterator<Item = StoredTrace> {
        self.ids.iter().filter_map(move |id| self.store.trace(*id))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TracesData<'s> {
    resource_spans: ResourceSpans<'s>,
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
