//! `POST /api/ui/import`: a file of traces as the body, in OTLP JSON (one value, or one a line) or in Jaeger's JSON.
//!
//! It answers `{"traces":["4bf9..", ..],"spans":12,"rejected":0,"message":".."}`: the traces of the file, how many of its
//! spans are kept, how many cannot be, and the same in words. Only a page of this origin, or no page at all, may send one:
//! the content type must be `application/json`, which no other page's form can say.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use thiserror::Error;
use trace_model::{
    TraceId,
    otlp::read_traces,
    trace_file::{self, FileError},
};
use trace_store::IngestOutcome;

use super::{State, error};
use crate::{
    access::is_of_another_site,
    receiver::{
        Encoding, ReceiveError, Receiver,
        body::{Body, BodyError},
        http::{encoding, gather},
    },
};

/// How many traces an answer names.
const MAX_NAMED: usize = 1_000;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.route("/api/ui/import", web::post().to(import));
}

/// Why a file was not taken. Nothing of it was.
#[derive(Debug, Error)]
pub(super) enum ImportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
}

impl ImportError {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::File(_) => StatusCode::BAD_REQUEST,
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
struct ImportedJson {
    traces: Vec<TraceId>,
    spans: u64,
    rejected: u64,
    message: String,
}

async fn import(state: web::Data<State>, request: HttpRequest, mut payload: web::Payload) -> HttpResponse {
    if is_of_another_site(request.headers()) {
        return error(StatusCode::FORBIDDEN, "a page of another site may not import traces");
    }
    if encoding(&request) != Some(Encoding::Json) {
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json");
    }
    let receiver = state.receiver.clone();
    let outcome = match gather(&receiver, &request, &mut payload).await {
        Ok(body) => web::block(move || take(&receiver, body))
            .await
            .unwrap_or_else(|_| Err(ReceiveError::from(BodyError::Busy).into())),
        Err(cause) => Err(cause.into()),
    };
    match outcome {
        Ok(imported) => HttpResponse::Ok().json(imported),
        Err(cause) => refusal(&cause),
    }
}

/// What a file holds. It takes the room of the body.
pub(super) fn read(body: &mut Body) -> Result<trace_file::Requests, ImportError> {
    body.translate(
        |json| Ok(trace_file::to_requests(json)?),
        |requests| requests.traces.len() + requests.logs.len(),
    )
}

fn take(receiver: &Receiver, mut body: Body) -> Result<ImportedJson, ImportError> {
    let requests = read(&mut body)?;
    let traces = traces_of(&requests.traces);
    let spans = receiver.import(&requests.traces, false)?;
    let logs = receiver.import(&requests.logs, true)?;
    Ok(ImportedJson {
        spans: spans.stored + spans.duplicates,
        rejected: spans.rejected.records,
        message: message(traces.len(), &spans, &logs),
        traces: traces.into_iter().take(MAX_NAMED).collect(),
    })
}

/// Each once, in the order of the file.
fn traces_of(body: &[u8]) -> Vec<TraceId> {
    let (mut traces, mut seen) = (Vec::new(), HashSet::new());
    // What is malformed as a whole is refused when it is stored.
    let _ = read_traces(body, |_, _, span| {
        if seen.insert(span.trace_id) {
            traces.push(span.trace_id);
        }
    });
    traces
}

fn message(traces: usize, spans: &IngestOutcome, logs: &IngestOutcome) -> String {
    let of = |count: u64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let kept = spans.stored + spans.duplicates;
    let mut parts = vec![format!("{} of {}", of(kept, "span"), of(traces as u64, "trace"))];
    if logs.stored + logs.duplicates > 0 {
        parts.push(of(logs.stored + logs.duplicates, "log record"));
    }
    if spans.duplicates > 0 {
        parts.push(format!("{} there already", of(spans.duplicates, "span")));
    }
    parts.extend(spans.rejected.message("span"));
    parts.extend(logs.rejected.message("log record"));
    parts.join("; ")
}

fn refusal(cause: &ImportError) -> HttpResponse {
    error(cause.status(), &process::error_chain(cause))
}
