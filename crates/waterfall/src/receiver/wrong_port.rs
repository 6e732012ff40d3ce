//! What a client is told that sent something else than OTLP: most likely a browser, or an exporter of the other
//! protocol. The ports are those of this process.

use actix_web::http::Uri;

use crate::announce::Endpoints;

/// For a browser on the port of OTLP over HTTP. `host` is the `Host` header of its request.
pub(super) fn page_instead_of_otlp_http(endpoints: &Endpoints, host: Option<&str>) -> String {
    let port = endpoints.page.port();
    let host = host.and_then(|host| host.parse::<Uri>().ok()).and_then(|uri| uri.host().map(str::to_owned));
    let page = host.map_or_else(|| format!("on port {port}"), |host| format!("at http://{host}:{port}/"));
    format!(
        "This port receives OpenTelemetry data: POST to /v1/traces, /v1/metrics or /v1/logs (OTLP over HTTP). \
         The traces are shown {page}\n"
    )
}

/// The response to HTTP/1.1 on the port of OTLP over gRPC.
pub(super) fn http_1_on_grpc_port(endpoints: &Endpoints) -> String {
    let (otlp_http, page) = (endpoints.otlp_http.port(), endpoints.page.port());
    format!(
        "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n\
         This port receives OTLP over gRPC. Send OTLP over HTTP to port {otlp_http}. \
         The traces are shown on port {page}.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints() -> Endpoints {
        let [page, otlp_http, otlp_grpc] = [1, 2, 3].map(|port| ([127, 0, 0, 1], port).into());
        Endpoints { page, otlp_http, otlp_grpc, read_token_required: false, ingest_token_required: false }
    }

    #[test]
    fn a_browser_is_led_to_the_page_on_the_host_that_it_used() {
        for (host, page) in [
            (Some("example.com:4318"), "at http://example.com:1/\n"),
            (Some("[::1]:4318"), "at http://[::1]:1/\n"),
            (Some("a b"), "on port 1\n"),
            (None, "on port 1\n"),
        ] {
            let text = page_instead_of_otlp_http(&endpoints(), host);
            assert!(text.ends_with(&format!("The traces are shown {page}")), "{text}");
        }
    }
}
