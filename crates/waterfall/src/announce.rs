//! The addresses that the process listens on, and their announcement on standard output.

use std::net::SocketAddr;

use serde::Serialize;

/// Name of this part in its output.
pub(crate) const NAME: &str = "waterfall";

/// The addresses that the process listens on, and which of them need a token.
#[derive(Debug, Clone, Copy)]
pub struct Endpoints {
    /// The page and the query API.
    pub page: SocketAddr,
    pub otlp_http: SocketAddr,
    pub otlp_grpc: SocketAddr,
    /// Whether the page and the query API require a token.
    pub read_token_required: bool,
    /// Whether the OTLP receivers require one.
    pub ingest_token_required: bool,
}

#[derive(Serialize)]
struct Announcement {
    part: &'static str,
    http: String,
    otlp_http: String,
    otlp_grpc: String,
}

/// Announces the addresses to the launcher, in one line of JSON.
pub fn announce(endpoints: &Endpoints) {
    let url = |address| format!("http://{address}");
    process::announce(&Announcement {
        part: NAME,
        http: url(endpoints.page),
        otlp_http: url(endpoints.otlp_http),
        otlp_grpc: url(endpoints.otlp_grpc),
    });
}
