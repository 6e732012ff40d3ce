//! Export of traces as files: `GET /api/ui/traces/{id}/export?format=otlp|jaeger` for one trace,
//! `GET /api/ui/export?id=..&id=..&format=..` for several.
//!
//! OTLP JSON is the default and is lossless: one object with `resourceSpans` and, where there are log records,
//! `resourceLogs`. A reader of only one of them ignores the other, as the specification requires
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>). What Jaeger's JSON cannot represent is
//! listed in [`trace_model::jaeger`]. [`import`](super::import) reads both formats.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    jaeger::LegacyResponse,
    parameters::Parameters,
    state::State,
    streaming_body::write_body,
    trace_id,
    trace_serializer::{JaegerTraces, ResourceLogs, ResourceSpans, TraceSerializer},
};
use crate::error_response::error;

/// Traces in one file.
const MAX_TRACES: usize = 100;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/ui/export").get(export_several))
        .service(web::resource("/api/ui/traces/{id}/export").get(export_one));
}

#[derive(Clone, Copy)]
enum Format {
    Otlp,
    Jaeger,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Jaeger => "jaeger",
        }
    }
}

async fn export_one(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    export(&state, &Parameters::of(&request), &[&id]).await
}

async fn export_several(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let parameters = Parameters::of(&request);
    let ids: Vec<_> = parameters.all("id").collect();
    if ids.is_empty() || ids.len() > MAX_TRACES {
        let message = format!("an export needs 1 to {MAX_TRACES} parameters `id`; there are {}", ids.len());
        return error(StatusCode::BAD_REQUEST, &message);
    }
    export(&state, &parameters, &ids).await
}

async fn export(state: &State, parameters: &Parameters, ids: &[&str]) -> HttpResponse {
    let format = match parameters.get(&["format"]) {
        None | Some("otlp") => Format::Otlp,
        Some("jaeger") => Format::Jaeger,
        Some(other) => {
            let message = format!("unknown format {other:?}; it must be otlp or jaeger");
            return error(StatusCode::BAD_REQUEST, &message);
        }
    };
    let mut traces = Vec::new();
    for id in ids {
        match trace_id::parse(id) {
            Some(id) if state.store.has_spans(id) => traces.push(id),
            Some(id) => return trace_id::not_found(id),
            None => return trace_id::invalid(id),
        }
    }
    let name = match &*traces {
        [id] => format!("trace-{id}"),
        several => format!("{}-traces", several.len()),
    };
    let disposition = format!("attachment; filename=\"{name}.{}.json\"", format.as_str());
    let store = state.store.clone();
    let file = write_body(&state.stream_limits, move |writer| {
        let traces = TraceSerializer { store: &store, ids: &traces, writer };
        match format {
            Format::Otlp => serde_json::to_writer(writer, &OtlpFile(traces))?,
            Format::Jaeger => {
                let traces = JaegerTraces { traces, keep_cycles: true };
                serde_json::to_writer(writer, &LegacyResponse::new(traces, 0))?;
            }
        }
        Ok(())
    });
    match file.await {
        Ok(file) => file.respond(
            HttpResponse::Ok()
                .content_type("application/json")
                .insert_header((header::CONTENT_DISPOSITION, disposition))
                .insert_header((header::CACHE_CONTROL, "no-store")),
        ),
        Err(cause) => cause.respond(error),
    }
}

struct OtlpFile<'w>(TraceSerializer<'w>);

impl Serialize for OtlpFile<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resourceSpans", &ResourceSpans(self.0))?;
        // Without log records the file is a `TracesData`, which the strictest readers accept.
        if self.0.has_logs() {
            map.serialize_entry("resourceLogs", &ResourceLogs(self.0))?;
        }
        map.end()
    }
}
