//! `GET /api/ui/status`: size of the store.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::state::State;
use crate::access;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/api/ui/status", web::get().to(status));
}

#[derive(Serialize)]
struct StatusJson {
    traces: u64,
    spans: u64,
    logs: u64,
    /// Log records without a trace id. They are counted, but not stored.
    untraced_logs: u64,
    memory_bytes: usize,
    disk_bytes: u64,
    evicted_traces: u64,
    damaged_files: u64,
    durable: bool,
    /// The client has a session cookie, and may sign out.
    signed_in: bool,
}

async fn status(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let size = state.store.stats();
    HttpResponse::Ok().json(StatusJson {
        traces: size.traces,
        spans: size.spans,
        logs: size.logs,
        untraced_logs: size.untraced_logs,
        memory_bytes: size.memory_bytes,
        disk_bytes: size.disk_bytes,
        evicted_traces: size.evicted_traces,
        damaged_files: size.damaged_files,
        durable: state.store.is_durable(),
        signed_in: access::is_signed_in(&request),
    })
}
