//! `GET /api/ui/status`: size of the store, and the addresses of this process.

use std::net::SocketAddr;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::state::State;
use crate::{access, announce::Endpoints, honeycomb::HoneycombPages};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/ui/status").get(status));
}

/// The addresses that the process listens on. A client may have to use others: behind a proxy or published by a
/// container, only the client knows its own.
#[derive(Serialize)]
struct EndpointsJson {
    page: SocketAddr,
    otlp_http: SocketAddr,
    otlp_grpc: SocketAddr,
    ingest_token_required: bool,
}

#[derive(Serialize)]
struct StatusJson<'a> {
    traces: u64,
    spans: u64,
    logs: u64,
    /// Log records without a trace id. They are counted, but not stored.
    untraced_logs: u64,
    memory_bytes: usize,
    disk_bytes: u64,
    evicted_traces: u64,
    /// Names of services and operations that had no room in the index: searches and metrics have these spans under "(other
    /// services)" and "(other operations)".
    other_names: u64,
    damaged_files: u64,
    durable: bool,
    /// The client has a session cookie, and may sign out.
    signed_in: bool,
    endpoints: EndpointsJson,
    /// A request that is traced, if the process knows one.
    #[serde(skip_serializing_if = "Option::is_none")]
    example_url: Option<&'a str>,
    /// The URL of the pages of Honeycomb's environment that has the same traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    honeycomb: Option<&'a str>,
}

async fn status(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let Endpoints { page, otlp_http, otlp_grpc, ingest_token_required, .. } = state.endpoints;
    let size = state.store.stats();
    HttpResponse::Ok().json(StatusJson {
        traces: size.traces,
        spans: size.spans,
        logs: size.logs,
        untraced_logs: size.untraced_logs,
        memory_bytes: size.memory_bytes,
        disk_bytes: size.disk_bytes,
        evicted_traces: size.evicted_traces,
        other_names: size.other_names,
        damaged_files: size.damaged_files,
        durable: state.store.is_durable(),
        signed_in: access::is_signed_in(&request),
        endpoints: EndpointsJson { page, otlp_http, otlp_grpc, ingest_token_required },
        example_url: state.example_url.as_deref(),
        honeycomb: state.honeycomb.as_ref().map(HoneycombPages::as_str),
    })
}
