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
use serde::{Serialize, Serializer, ser::SerializeMap};
use trace_model::TraceId;

use super::{
    State, error,
    jaeger::Legacy,
    parameters::Parameters,
    streaming_body::written,
    trace_serializer::{JaegerTraces, ResourceLogs, ResourceSpans, TraceSerializer},
};

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
        if !state.store.has_spans(id) {
            return error(StatusCode::NOT_FOUND, &format!("there is no trace {id}"));
        }
        traces.push(id);
    }
    let name = match &*traces {
        [id] => format!("trace-{id}"),
        several => format!("{}-traces", several.len()),
    };
    let suffix = match format {
        Format::Otlp => "otlp",
        Format::Jaeger => "jaeger",
    };
    let store = state.store.clone();
    let file = written(&state.places, move |out| {
        let listed = TraceSerializer { store: &store, ids: &traces, out };
        match format {
            Format::Otlp => serde_json::to_writer(out, &Otlp(listed))?,
            Format::Jaeger => {
                let traces = JaegerTraces { listed, keep_cycles: true };
                serde_json::to_writer(out, &Legacy::of(traces, 0))?;
            }
        }
        Ok(())
    });
    match file.await {
        Ok(file) => file.answer(
            HttpResponse::Ok()
                .content_type("application/json")
                .insert_header((
                    header::CONTENT_DISPOSITION,
                    format!("attachment; filename=\"{name}.{suffix}.json\""),
                ))
                .insert_header((header::CACHE_CONTROL, "no-store")),
        ),
        Err(cause) => cause.answer(error),
    }
}

struct Otlp<'w>(TraceSerializer<'w>);

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
