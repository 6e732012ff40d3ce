//! `POST /api/doctor/suppressions` accepts findings as known, and `DELETE` brings them back:
//!
//! ```json
//! { "code": "calls-in-a-row", "service": "activities", "route": "/activities/home", "reason": "The upstream has no batch call." }
//! ```
//!
//! All that the entry has must match a finding. The response says whether the entry outlasts a restart, and has its lines for the file
//! that `WATERFALL_DOCTOR_CONFIG` names: `{ "kept": false, "toml": "[[suppress]]\n.." }`.

use ::doctor::suppression::Suppression;
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Bytes, PayloadConfig},
};
use serde_json::json;

use super::{
    accepted::{AcceptError, Accepted, Kept},
    state::State,
};
use crate::{
    access::is_cross_site,
    error_response::{error, interrupted},
    receiver::{Encoding, http::encoding},
};

/// An entry is short.
const MAX_BODY: usize = 16 * 1024;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    let resource = web::resource("/api/doctor/suppressions").app_data(PayloadConfig::new(MAX_BODY));
    config.service(resource.post(add).delete(remove));
}

async fn add(state: web::Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    change(state, &request, &body, |accepted, entry| accepted.add(entry.clone())).await
}

async fn remove(state: web::Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    change(state, &request, &body, Accepted::remove).await
}

async fn change(
    state: web::Data<State>,
    request: &HttpRequest,
    body: &[u8],
    change: fn(&Accepted, &Suppression) -> Result<Kept, AcceptError>,
) -> HttpResponse {
    if is_cross_site(request.headers()) {
        return error(StatusCode::FORBIDDEN, "a page of another site may not accept findings");
    }
    if encoding(request) != Some(Encoding::Json) {
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json");
    }
    let entry: Suppression = match serde_json::from_slice(body) {
        Ok(entry) => entry,
        Err(cause) => {
            let message =
                format!("the body must have a code, service or route, and may have a reason: {cause}");
            return error(StatusCode::BAD_REQUEST, &message);
        }
    };
    let toml = entry.to_toml();
    let accepted = state.diagnostician.accepted.clone();
    let Ok(outcome) = web::block(move || change(&accepted, &entry)).await else { return interrupted() };
    state.diagnostician.forget_newest().await;
    match outcome {
        Ok(kept) => HttpResponse::Ok().json(json!({ "kept": kept == Kept::OnDisk, "toml": toml })),
        Err(cause) => error(status(&cause), &process::error_chain(&cause)),
    }
}

const fn status(cause: &AcceptError) -> StatusCode {
    match cause {
        AcceptError::Invalid(_) | AcceptError::TooLong => StatusCode::BAD_REQUEST,
        AcceptError::TooMany | AcceptError::OfFile => StatusCode::CONFLICT,
        AcceptError::Unknown => StatusCode::NOT_FOUND,
    }
}
