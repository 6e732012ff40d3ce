//! Traces by id.

use std::io;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ETag},
    },
    web,
};
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use trace_model::{TraceId, jaeger, otlp::TracesJson};
use trace_store::StoredTrace;

use super::{
    envelope::{LegacyResponse, ResultV3, TRACE_NOT_FOUND, error_v3, legacy_error},
    trace_id,
};
use crate::{
    api::{
        parameters::Parameters,
        state::State,
        streaming_body::{BodyError, BodyWriter, write_body},
    },
    etag,
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/traces/{id}").get(legacy_trace))
        .service(web::resource("/api/v3/traces/{id}").get(trace))
        .service(web::resource("/api/archive/{id}").post(archive));
}

/// With `prettyPrint` the JSON is indented. With `raw` references that form a cycle are kept.
async fn legacy_trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id::parse(&id) else {
        return legacy_error(StatusCode::BAD_REQUEST, trace_id::INVALID);
    };
    let parameters = Parameters::of(&request);
    let is_set = |name| parameters.get(&[name]).is_some_and(|value| value != "false");
    let (is_pretty, is_raw) = (is_set("prettyPrint"), is_set("raw"));
    let response = respond(&state, &request, id, move |trace, writer| {
        let spans = trace.spans();
        let trace = jaeger::Trace::new(trace.trace_id, &spans);
        let response = LegacyResponse::new([if is_raw { trace } else { trace.without_cycles() }], 0);
        if is_pretty { write_pretty(&response, writer) } else { serde_json::to_writer(writer, &response) }
    });
    match response.await {
        Ok(response) => response,
        Err(cause) if cause.is_not_found() => legacy_error(StatusCode::NOT_FOUND, TRACE_NOT_FOUND),
        Err(cause) => cause.respond(|status, message| legacy_error(status, message)),
    }
}

/// Writes JSON with Jaeger's indentation.
fn write_pretty(response: &impl Serialize, writer: &BodyWriter) -> serde_json::Result<()> {
    let formatter = PrettyFormatter::with_indent(b"    ");
    response.serialize(&mut serde_json::Serializer::with_formatter(writer, formatter))
}

/// There is no archive. Jaeger's page offers one when its configuration says so.
async fn archive(id: web::Path<String>) -> HttpResponse {
    if trace_id::parse(&id).is_none() {
        return legacy_error(StatusCode::BAD_REQUEST, trace_id::INVALID);
    }
    legacy_error(StatusCode::INTERNAL_SERVER_ERROR, "archive span storage was not configured")
}

async fn trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id::parse(&id) else {
        let message = format!("malformed parameter trace_id: {}", trace_id::INVALID);
        return error_v3(StatusCode::BAD_REQUEST, message);
    };
    let response = respond(&state, &request, id, |trace, writer| {
        serde_json::to_writer(writer, &ResultV3 { result: TracesJson(&trace.spans()) })
    });
    match response.await {
        Ok(response) => response,
        Err(cause) if cause.is_not_found() => error_v3(StatusCode::NOT_FOUND, "No traces found"),
        Err(cause) => cause.respond(|status, message| error_v3(status, message)),
    }
}

/// Responds with one trace as `write` writes it, or with 304 when the client already has this version.
async fn respond(
    state: &State,
    request: &HttpRequest,
    id: TraceId,
    write: impl Fn(&StoredTrace, &BodyWriter) -> serde_json::Result<()> + Send + Sync + 'static,
) -> Result<HttpResponse, BodyError> {
    let not_found = || io::Error::from(io::ErrorKind::NotFound);
    // The trace may change before it is read: the body is then newer than its tag, never older.
    let version = state.store.version(id).filter(|_| state.store.has_spans(id));
    let version = version.ok_or_else(|| BodyError::Failed(not_found()))?;
    let tag = state.tag(version);
    if etag::matches(request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header(ETag(tag)).finish());
    }
    let store = state.store.clone();
    let body = write_body(&state.stream_limits, move |writer| {
        let trace = store.locate(id).ok_or_else(not_found)?;
        writer.reserve(trace.bytes())?;
        Ok(write(&trace.read(), writer)?)
    });
    Ok(body.await?.respond(
        HttpResponse::Ok()
            .content_type("application/json")
            .insert_header(ETag(tag))
            .insert_header((header::CACHE_CONTROL, "no-cache")),
    ))
}
