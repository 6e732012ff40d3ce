//! `GET /api/ui/traces/{id}/export?format=otlp|jaeger`, and `GET /api/ui/export?id=..&id=..&format=..` for several: traces
//! as a file that [`import`](super::import), and others, read.
//!
//! OTLP JSON says all that the spans say, and is the default. What Jaeger's cannot say stands in [`jaeger`].

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use trace_model::{TraceId, jaeger, otlp::TracesJson};
use trace_store::StoredTrace;

use super::{State, error, jaeger::Legacy, parameters::Parameters};

/// How many traces one file may hold.
const MAX_TRACES: usize = 100;

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
    file(&state, &Parameters::of(&request), &[&id]).await
}

async fn several(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let parameters = Parameters::of(&request);
    let ids: Vec<_> = parameters.all("id").collect();
    if ids.is_empty() || ids.len() > MAX_TRACES {
        return error(StatusCode::BAD_REQUEST, &format!("1 to {MAX_TRACES} traces are given as id=.."));
    }
    file(&state, &parameters, &ids).await
}

async fn file(state: &State, parameters: &Parameters, ids: &[&str]) -> HttpResponse {
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
        let Some(trace) = state.store.trace(id) else {
            return error(StatusCode::NOT_FOUND, &format!("there is no trace {id}"));
        };
        traces.push(trace);
    }
    let name = match &*traces {
        [trace] => format!("trace-{}", trace.trace_id),
        several => format!("{}-traces", several.len()),
    };
    let (body, suffix) = match format {
        Format::Otlp => (web::block(move || otlp(&traces)).await, "otlp"),
        Format::Jaeger => (web::block(move || jaegers(&traces)).await, "jaeger"),
    };
    let Ok(Ok(body)) = body else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "the file cannot be written now; try again");
    };
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{suffix}.json\""),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}

fn otlp(traces: &[StoredTrace]) -> serde_json::Result<Vec<u8>> {
    let spans: Vec<_> = traces.iter().flat_map(StoredTrace::spans).collect();
    serde_json::to_vec(&TracesJson(&spans))
}

fn jaegers(traces: &[StoredTrace]) -> serde_json::Result<Vec<u8>> {
    let spans: Vec<_> = traces.iter().map(|trace| (trace.trace_id, trace.spans())).collect();
    let data: Vec<_> = spans.iter().map(|(id, spans)| jaeger::Trace::new(*id, spans)).collect();
    serde_json::to_vec(&Legacy::of(data, 0))
}
