//! `GET /api/hops`: how often the context arrived, services by services, in the newest traces.
//!
//! ```json
//! { "window": {..}, "services": ["gateway", "users"], "hops": [{ "from": "gateway", "to": "users", "propagated": 40,
//!   "lost": 0, "unknown": 1, "lastGood": { "caller": {..}, "callee": {..}, "timeUnixNano": ".." }, "lastBad": null }],
//!   "hopsLeftOut": 0 }
//! ```
//!
//! - `lost`: both spans were received, in different traces. Inside one service: the calls that left the trace of their request.
//! - `unknown`: the call has no server span, although the callee sends spans elsewhere.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::{
    doctor::{unavailable, window_json},
    state::State,
};

/// Pairs of services in one answer.
const MAX_HOPS: usize = 1_000;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/hops").get(hops));
}

async fn hops(state: web::Data<State>) -> HttpResponse {
    let diagnosis = match state.diagnostician.of_newest().await {
        Ok(diagnosis) => diagnosis,
        Err(cause) => return unavailable(&cause),
    };
    let hops = &diagnosis.report.hops;
    let shown = &hops[..hops.len().min(MAX_HOPS)];
    let services: BTreeSet<&str> =
        shown.iter().flat_map(|hop| [hop.from.as_str(), hop.to.as_str()]).collect();
    HttpResponse::Ok().json(json!({
        "window": window_json(&diagnosis),
        "services": services,
        "hops": shown.iter().map(::doctor::json::hop).collect::<Vec<_>>(),
        "hopsLeftOut": hops.len() - shown.len(),
    }))
}
