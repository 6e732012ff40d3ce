//! Traces by their ids.

use std::io;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ETag},
    },
    web,
};
use base64::{
    Engine,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use trace_model::{TraceId, jaeger, otlp::TracesJson};
use trace_store::StoredTrace;

use super::{Legacy, ResultV3, State, error_v3, legacy_error};
use crate::{
    api::{
        parameters::Parameters,
        streaming_body::{Out, Unwritten, written},
    },
    pages,
};

/// What Jaeger says of a trace that is not there.
pub(super) const NOT_FOUND: &str = "trace not found";
const NO_ID: &str = "a trace id is up to 32 hex digits, or 16 bytes in base64";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/traces/{id}", web::get().to(legacy_trace))
        .route("/api/v3/traces/{id}", web::get().to(trace))
        .route("/api/archive/{id}", web::post().to(archive));
}

/// Hex that may lack its leading zeros, or base64 of either alphabet, as protobuf's JSON has bytes.
pub(super) fn trace_id(text: &str) -> Option<TraceId> {
    if let Ok(id) = TraceId::parse_padded(text) {
        return Some(id);
    }
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    let decode = |alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok();
    let bytes = decode(&base64::alphabet::STANDARD).or_else(|| decode(&base64::alphabet::URL_SAFE))?;
    TraceId::from_bytes(&bytes).ok()
}

/// `prettyPrint` for who reads the answer as it is, `raw` for who wants it as it came.
async fn legacy_trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id(&id) else { return legacy_error(StatusCode::BAD_REQUEST, NO_ID) };
    let parameters = Parameters::of(&request);
    let is_set = |name| parameters.get(&[name]).is_some_and(|value| value != "false");
    let (is_pretty, is_raw) = (is_set("prettyPrint"), is_set("raw"));
    let answer = one(&state, &request, id, move |trace, out| {
        let spans = trace.spans();
        let trace = jaeger::Trace::new(trace.trace_id, &spans);
        let answer = Legacy::of([if is_raw { trace } else { trace.without_cycles() }], 0);
        if is_pretty { pretty(&answer, out) } else { serde_json::to_writer(out, &answer) }
    });
    match answer.await {
        Ok(answer) => answer,
        Err(cause) if cause.is_not_found() => legacy_error(StatusCode::NOT_FOUND, NOT_FOUND),
        Err(cause) => cause.answer(|status, message| legacy_error(status, message)),
    }
}

/// On lines of their own, indented as Jaeger indents them.
fn pretty(answer: &impl Serialize, out: &Out) -> serde_json::Result<()> {
    let lines = PrettyFormatter::with_indent(b"    ");
    answer.serialize(&mut serde_json::Serializer::with_formatter(out, lines))
}

/// There is no archive, which Jaeger's page offers where whoever serves it says that there is one.
async fn archive(id: web::Path<String>) -> HttpResponse {
    if trace_id(&id).is_none() {
        return legacy_error(StatusCode::BAD_REQUEST, NO_ID);
    }
    legacy_error(StatusCode::INTERNAL_SERVER_ERROR, "archive span storage was not configured")
}

async fn trace(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id(&id) else {
        return error_v3(StatusCode::BAD_REQUEST, format!("malformed parameter trace_id: {NO_ID}"));
    };
    let answer = one(&state, &request, id, |trace, out| {
        serde_json::to_writer(out, &ResultV3 { result: TracesJson(&trace.spans()) })
    });
    match answer.await {
        Ok(answer) => answer,
        Err(cause) if cause.is_not_found() => error_v3(StatusCode::NOT_FOUND, "No traces found"),
        Err(cause) => cause.answer(|status, message| error_v3(status, message)),
    }
}

/// One trace as `write` writes it, unless the client has it already.
async fn one(
    state: &State,
    request: &HttpRequest,
    id: TraceId,
    write: impl Fn(&StoredTrace, &Out) -> serde_json::Result<()> + Send + Sync + 'static,
) -> Result<HttpResponse, Unwritten> {
    let gone = || io::Error::from(io::ErrorKind::NotFound);
    // What is written is of this version, or of a later one.
    let version = state.store.version(id).filter(|_| state.store.has_spans(id));
    let version = version.ok_or_else(|| Unwritten::Failed(gone()))?;
    let tag = state.tag(version);
    if pages::is_known(request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header(ETag(tag)).finish());
    }
    let store = state.store.clone();
    let answer = written(&state.places, move |out| {
        let trace = store.locate(id).ok_or_else(gone)?;
        out.hold(trace.bytes())?;
        Ok(write(&trace.read(), out)?)
    });
    Ok(answer.await?.answer(
        HttpResponse::Ok()
            .content_type("application/json")
            .insert_header(ETag(tag))
            .insert_header((header::CACHE_CONTROL, "no-cache")),
    ))
}
