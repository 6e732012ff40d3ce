//! `POST /api/transform`: converts OTLP JSON to Jaeger's JSON, and stores nothing.
//!
//! Jaeger's page sends files here that a user opens in it, without a content type.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use trace_model::{
    Origin, Span, jaeger,
    otlp::{DecodeError, read_traces},
};

use super::envelope::{LegacyResponse, legacy_error};
use crate::{
    access::is_cross_site,
    api::{
        import::{self, ImportError},
        state::State,
        streaming_body::write_body,
    },
    receiver::{ReceiveError, body::BodyError, http::read_body},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/transform").post(transform));
}

async fn transform(state: web::Data<State>, request: HttpRequest, mut payload: web::Payload) -> HttpResponse {
    if is_cross_site(request.headers()) {
        return legacy_error(StatusCode::FORBIDDEN, "a page of another site may not send traces");
    }
    let file = match read_body(&state.receiver, &request, &mut payload).await {
        Ok(mut body) => web::block(move || Ok((import::read(&mut body)?.traces, body)))
            .await
            .unwrap_or_else(|_| Err(ReceiveError::from(BodyError::Busy).into())),
        Err(cause) => Err(ImportError::from(cause)),
    };
    let (traces, body) = match file {
        Ok(file) => file,
        Err(cause) => return legacy_error(cause.status(), process::error_chain(&cause)),
    };
    let response = write_body(&state.stream_limits, move |writer| {
        // Holds the memory budget of the traces.
        let _budget = &body;
        writer.reserve(traces.len())?;
        let spans = spans_by_trace(&traces).map_err(std::io::Error::other)?;
        let traces = spans.chunk_by(|(_, span), (_, next)| span.trace_id == next.trace_id);
        let traces: Vec<_> = traces
            .filter_map(|spans| Some(jaeger::Trace::new(spans.first()?.1.trace_id, spans).without_cycles()))
            .collect();
        Ok(serde_json::to_writer(writer, &LegacyResponse::new(traces, 0))?)
    });
    match response.await {
        Ok(body) => body.respond(HttpResponse::Ok().content_type("application/json")),
        Err(cause) => cause.respond(|status, message| legacy_error(status, message)),
    }
}

/// The spans, sorted by trace. Spans of one trace keep their order.
fn spans_by_trace(body: &[u8]) -> Result<Vec<(Origin<'_>, Span<'_>)>, DecodeError> {
    let mut spans = Vec::new();
    read_traces(body, |_, origin, span| spans.push((*origin, span)))?;
    spans.sort_by_key(|(_, span)| span.trace_id);
    Ok(spans)
}
