//! `POST /api/ui/import`: import of a file, in any of the formats of [`trace_file`].
//!
//! The response is `{"traces":["4bf9..", ..],"spans":12,"rejected":0,"message":".."}`: the traces of the file, the
//! number of stored and of rejected spans, and a summary in words.
//!
//! Pages of other sites cannot import: the content type must be `application/json`, which an HTML form cannot send.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use thiserror::Error;
use trace_model::{
    TraceId,
    otlp::{clamped_times_message, read_traces},
    trace_file::{self, FileError},
};
use trace_store::IngestOutcome;

use super::state::State;
use crate::{
    access::is_cross_site,
    error_response::error,
    receiver::{
        Encoding, ReceiveError, Receiver,
        body::{Body, BodyError},
        http::{encoding, read_body},
    },
};

/// Traces that a response lists.
const MAX_LISTED: usize = 1_000;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/ui/import").post(import));
}

/// Why a file is refused. Nothing of it is stored.
#[derive(Debug, Error)]
pub(super) enum ImportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the file has neither a span nor a log record with a trace: export one that has spans")]
    Empty,
    #[error(transparent)]
    Receive(#[from] ReceiveError),
}

impl ImportError {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::File(_) | Self::Empty => StatusCode::BAD_REQUEST,
            Self::Receive(cause) => cause.code().status(),
        }
    }
}

impl From<BodyError> for ImportError {
    fn from(error: BodyError) -> Self {
        Self::Receive(error.into())
    }
}

#[derive(Serialize)]
struct ImportJson {
    traces: Vec<TraceId>,
    spans: u64,
    rejected: u64,
    message: String,
}

async fn import(state: web::Data<State>, request: HttpRequest, mut payload: web::Payload) -> HttpResponse {
    if is_cross_site(request.headers()) {
        return error(StatusCode::FORBIDDEN, "a page of another site may not import traces");
    }
    if encoding(&request) != Some(Encoding::Json) {
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json");
    }
    let receiver = state.receiver.clone();
    let outcome = match read_body(&receiver, &request, &mut payload).await {
        Ok(body) => web::block(move || store(&receiver, body))
            .await
            .unwrap_or_else(|_| Err(ReceiveError::from(BodyError::Busy).into())),
        Err(cause) => Err(cause.into()),
    };
    match outcome {
        Ok(imported) => HttpResponse::Ok().json(imported),
        Err(cause) => error(cause.status(), &process::error_chain(&cause)),
    }
}

/// Converts a file into OTLP requests, which replace the body in the memory budget.
pub(super) fn read(body: &mut Body) -> Result<trace_file::Requests, ImportError> {
    body.transcode(
        |json| Ok(trace_file::to_requests(json)?),
        |requests| requests.traces.len() + requests.logs.len(),
    )
}

fn store(receiver: &Receiver, mut body: Body) -> Result<ImportJson, ImportError> {
    let requests = read(&mut body)?;
    let traces = trace_ids(&requests.traces);
    let spans = receiver.import_traces(&requests.traces)?;
    let logs = receiver.import_logs(&requests.logs)?;
    if [&spans, &logs]
        .iter()
        .all(|outcome| outcome.stored + outcome.duplicates + outcome.rejected.records == 0)
    {
        return Err(ImportError::Empty);
    }
    Ok(ImportJson {
        spans: spans.stored + spans.duplicates,
        rejected: spans.rejected.records,
        message: message(traces.len(), &spans, &logs, requests.clamped_times),
        traces: traces.into_iter().take(MAX_LISTED).collect(),
    })
}

/// The distinct trace ids, in the order of the file.
fn trace_ids(body: &[u8]) -> Vec<TraceId> {
    let (mut traces, mut seen) = (Vec::new(), HashSet::new());
    // A malformed request is refused later, when it is stored.
    let _ = read_traces(body, |_, _, span| {
        if seen.insert(span.trace_id) {
            traces.push(span.trace_id);
        }
    });
    traces
}

fn message(traces: usize, spans: &IngestOutcome, logs: &IngestOutcome, clamped_times: u64) -> String {
    let count = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let imported = spans.stored + spans.duplicates;
    let mut parts = vec![format!("{} of {}", count(imported, "span"), count(traces as u64, "trace"))];
    if logs.stored + logs.duplicates > 0 {
        parts.push(count(logs.stored + logs.duplicates, "log record"));
    }
    let known = [(spans.duplicates, "span"), (logs.duplicates, "log record")];
    let known: Vec<String> =
        known.iter().filter(|(of, _)| *of > 0).map(|(of, noun)| count(*of, noun)).collect();
    if !known.is_empty() {
        parts.push(format!("{} already stored", known.join(" and ")));
    }
    parts.extend(spans.rejected.message("span"));
    parts.extend(logs.rejected.message("log record"));
    parts.extend(clamped_times_message(clamped_times));
    parts.join("; ")
}
