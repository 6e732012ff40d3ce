//! `GET /api/ui/status`: size of the store.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::State;
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
    let stats = state.store.stats();
    HttpResponse::Ok().json(StatusJson {
        traces: stats.traces,
        spans: stats.spans,
        logs: stats.logs,
        untraced_logs: stats.untraced_logs,
        memory_bytes: stats.memory_bytes,
        disk_bytes: stats.disk_bytes,
        evicted_traces: stats.evicted_traces,
        damaged_files: stats.damaged_files,
        durable: state.store.is_durable(),
        signed_in: access::is_signed_in(&request),
    })
}
