//! `POST /api/transform`: traces in OTLP JSON come back in Jaeger's, and nothing is kept. Jaeger's page sends a file here
//! that somebody opens in it, as text of no type.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use trace_model::{
    Origin, Span, jaeger,
    otlp::{DecodeError, read_traces},
};

use super::{Legacy, State, legacy_error};
use crate::{
    access::is_of_another_site,
    api::{
        import::{self, ImportError},
        streaming_body::written,
    },
    receiver::{ReceiveError, body::BodyError, http::gather},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/api/transform", web::post().to(transform));
}

async fn transform(state: web::Data<State>, request: HttpRequest, mut payload: web::Payload) -> HttpResponse {
    if is_of_another_site(request.headers()) {
        return legacy_error(StatusCode::FORBIDDEN, "a page of another site may not send traces");
    }
    let outcome = match gather(&state.receiver, &request, &mut payload).await {
        Ok(mut body) => web::block(move || Ok((import::read(&mut body)?.traces, body)))
            .await
            .unwrap_or_else(|_| Err(ReceiveError::from(BodyError::Busy).into())),
        Err(cause) => Err(ImportError::from(cause)),
    };
    let (traces, body) = match outcome {
        Ok(read) => read,
        Err(cause) => return legacy_error(cause.status(), process::error_chain(&cause)),
    };
    let answer = written(&state.places, move |out| {
        // The room that the traces take.
        let _held = &body;
        out.hold(traces.len())?;
        let spans = by_trace(&traces).map_err(std::io::Error::other)?;
        let of_one = spans.chunk_by(|(_, span), (_, next)| span.trace_id == next.trace_id);
        let traces: Vec<_> = of_one
            .filter_map(|spans| Some(jaeger::Trace::new(spans.first()?.1.trace_id, spans).without_cycles()))
            .collect();
        Ok(serde_json::to_writer(out, &Legacy::of(traces, 0))?)
    });
    match answer.await {
        Ok(answer) => answer.answer(HttpResponse::Ok().content_type("application/json")),
        Err(cause) => cause.answer(|status, message| legacy_error(status, message)),
    }
}

/// The spans of each trace together, in their order.
fn by_trace(body: &[u8]) -> Result<Vec<(Origin<'_>, Span<'_>)>, DecodeError> {
    let mut spans = Vec::new();
    read_traces(body, |_, origin, span| spans.push((*origin, span)))?;
    spans.sort_by_key(|(_, span)| span.trace_id);
    Ok(spans)
}
