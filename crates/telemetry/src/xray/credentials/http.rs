//! Requests to the endpoints that give credentials: on this machine or its link, without a proxy.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Authority;
use http::{Request, Response, Uri};

use crate::env::Otlp;
use crate::export::transport::Transport;

/// Sends one request. The error says why there is no response with status 200.
pub(super) fn send(
    request: Request<Bytes>,
    certificate: Option<PathBuf>,
    limit: Duration,
) -> Result<Bytes, String> {
    let settings = Otlp::of_endpoint(String::new(), limit, certificate);
    let transport = Transport::new(&settings).map_err(|error| crate::error_chain::with_sources(&error))?;
    let response = transport.exchange(request, limit);
    let response = response.map_err(|error| crate::error_chain::with_sources(&*error))?;
    body(response)
}

fn body(response: Response<Bytes>) -> Result<Bytes, String> {
    match response.status() {
        http::StatusCode::OK => Ok(response.into_body()),
        status => Err(format!("it answered {status}")),
    }
}

/// Host and port. The path of a container's endpoint identifies its credentials, and is not printed.
pub(super) fn host(url: &str) -> String {
    let uri: Option<Uri> = url.parse().ok();
    let authority = uri.as_ref().and_then(Uri::authority).map(Authority::as_str);
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    host.unwrap_or_default().to_owned()
}
