//! Responses made from one version of a trace: with an entity tag, within the read budget, on a blocking thread.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ETag, EntityTag},
    },
    web,
};

use super::state::State;
use crate::{
    error_response::{error, interrupted},
    etag,
};

/// Responds with what `serialize` returns, or with 304 when the client already has the response with this tag. `bytes` is the size of
/// the trace in memory while `serialize` runs.
pub(super) async fn respond(
    state: &State,
    request: &HttpRequest,
    tag: EntityTag,
    bytes: usize,
    serialize: impl FnOnce() -> serde_json::Result<Vec<u8>> + Send + 'static,
) -> HttpResponse {
    if etag::matches(request, &tag) {
        return HttpResponse::NotModified().insert_header(ETag(tag)).finish();
    }
    let permit = match state.stream_limits.read_budget.acquire(bytes).await {
        Ok(permit) => permit,
        Err(cause) => return cause.respond(error),
    };
    let serialize = move || {
        let _permit = permit;
        serialize()
    };
    match web::block(serialize).await {
        Ok(Ok(body)) => HttpResponse::Ok()
            .content_type("application/json")
            .insert_header(ETag(tag))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(body),
        Ok(Err(cause)) => {
            tracing::error!(error = process::error_chain(&cause), "cannot serialize a trace");
            error(StatusCode::INTERNAL_SERVER_ERROR, "the trace cannot be serialized; the log has the cause")
        }
        Err(_) => interrupted(),
    }
}
