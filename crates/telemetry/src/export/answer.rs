//! What failures of a destination mean, in words for the log and for `check`.

use std::error::Error;

use ::http::header::CONTENT_TYPE;
use ::http::uri::Authority;
use ::http::{Response, StatusCode, Uri};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use prost::Message;
use serde_json::Value;

use super::grpc::GrpcStatus;
use super::tls;
use crate::env::{Otlp, Variable, Vendor, variables};

/// The characters of a destination's own message that are repeated.
const LONGEST_MESSAGE: usize = 400;
/// Header values from this length on may be keys.
const SHORTEST_SECRET: usize = 6;

/// Describes failures of one destination.
#[derive(Clone, Debug)]
pub(crate) struct Wording {
    vendor: Vendor,
    /// The values of headers, which an answer may repeat.
    secrets: Vec<String>,
    /// Advice that knows more than the status.
    advice: Option<String>,
}

impl Wording {
    pub(super) fn new(otlp: &Otlp) -> Self {
        let values = otlp.headers.iter().flat_map(|(_, value)| value.split_whitespace());
        let secrets = values.filter(|value| value.len() >= SHORTEST_SECRET).map(str::to_owned).collect();
        Self { vendor: otlp.vendor, secrets, advice: None }
    }

    /// The words for one answer: with this advice, if there is some, and without these secrets.
    #[cfg(feature = "xray")]
    pub(crate) fn with(&self, advice: Option<String>, secrets: &[String]) -> Self {
        Self { vendor: self.vendor, secrets: [&self.secrets[..], secrets].concat(), advice }
    }

    /// Describes a response that is no success: who answered, what, and what to change.
    pub(crate) fn refusal(&self, endpoint: &Uri, response: &Response<Bytes>) -> String {
        let status = response.status();
        let answer = if let Some(GrpcStatus(status)) = response.extensions().get() {
            status.clone()
        } else {
            // Before it is cut, so that no half of a secret remains.
            let message = message(response).map(|message| printable(&self.without_secrets(&message)));
            let message = message.filter(|text| !text.is_empty()).map(|message| format!(" ({message})"));
            format!("{status}{}", message.unwrap_or_default())
        };
        let advice = self.advice.as_deref().or(advice(self.vendor, status));
        let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{} answered {}{advice}", self.name(endpoint), self.without_secrets(&answer))
    }

    /// Describes why there is no response, with advice where there is some.
    pub(crate) fn no_response(&self, endpoint: &Uri, error: &(dyn Error + 'static)) -> String {
        let roots = match self.vendor {
            Vendor::Any => variables::OTLP_CERTIFICATE,
            Vendor::Honeycomb | Vendor::Xray => variables::SSL_CERT_FILE,
        };
        transport_error(&self.name(endpoint), error, roots)
    }

    /// The destination and its endpoint.
    pub(crate) fn name(&self, endpoint: &Uri) -> String {
        match self.vendor {
            Vendor::Any => redacted(endpoint),
            Vendor::Honeycomb => format!("Honeycomb ({})", redacted(endpoint)),
            Vendor::Xray => format!("X-Ray ({})", redacted(endpoint)),
        }
    }

    fn without_secrets(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

/// Describes why `destination` gave no response; `roots` is the variable that names root certificates.
pub(crate) fn transport_error(destination: &str, error: &(dyn Error + 'static), roots: Variable) -> String {
    let hint = tls::hint(error, roots.name).map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{destination}: {}{hint}", crate::error_chain::with_sources(error))
}

/// The endpoint without user, password and query, which may be secrets.
pub(crate) fn redacted(endpoint: &Uri) -> String {
    let authority = endpoint.authority().map(Authority::as_str);
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    format!("{}://{}{}", endpoint.scheme_str().unwrap_or("http"), host.unwrap_or_default(), endpoint.path())
}

/// What to change, or why nothing has to be.
fn advice(vendor: Vendor, status: StatusCode) -> Option<&'static str> {
    Some(match (vendor, status) {
        (Vendor::Honeycomb, StatusCode::UNAUTHORIZED) => {
            "the API key is missing, unknown or of another region: check HONEYCOMB_API_KEY (or the header \
             x-honeycomb-team), and HONEYCOMB_API_ENDPOINT, which is https://api.eu1.honeycomb.io in the EU"
        }
        (Vendor::Honeycomb, StatusCode::FORBIDDEN) => "the API key needs the permission to send events",
        (Vendor::Xray, StatusCode::TOO_MANY_REQUESTS) => {
            "the account sends more than its rate limit: it is tried again later, and what does not fit in the queue is dropped"
        }
        (Vendor::Honeycomb, StatusCode::TOO_MANY_REQUESTS) => {
            "the team sends more than its rate limit: it is tried again later, and what does not fit in the queue is dropped"
        }
        (_, status) if status.is_success() => {
            "that is a web page, not OTLP: check OTEL_EXPORTER_OTLP_ENDPOINT, and whether a proxy or a login stands before it"
        }
        (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            "check the key or token in OTEL_EXPORTER_OTLP_HEADERS"
        }
        (Vendor::Honeycomb, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => {
            "it receives no OTLP at this path: check HONEYCOMB_API_ENDPOINT, or the OTLP endpoint with the header x-honeycomb-team"
        }
        (Vendor::Xray, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => {
            "it receives no OTLP at this path: check AWS_ENDPOINT_URL_XRAY, or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
        }
        (_, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => {
            "it receives no OTLP at this path: check OTEL_EXPORTER_OTLP_ENDPOINT"
        }
        (_, StatusCode::UNSUPPORTED_MEDIA_TYPE) => "check OTEL_EXPORTER_OTLP_PROTOCOL",
        (_, StatusCode::PAYLOAD_TOO_LARGE) => "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        (_, StatusCode::TOO_MANY_REQUESTS) => "it limits the rate: it is tried again later",
        _ => return None,
    })
}

/// What of a destination's own words is repeated: at most [`LONGEST_MESSAGE`] characters, on one line.
pub(super) fn printable(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
}

/// The first paragraph of the destination's own message: of a `google.rpc.Status`, of a JSON object, or plain text.
pub(crate) fn message(response: &Response<Bytes>) -> Option<String> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let text = match kind.split(';').next().unwrap_or_default() {
        // `google.rpc.Status` has its message in the same field as this message.
        "application/x-protobuf" | "application/protobuf" => {
            ExportTracePartialSuccess::decode(&response.body()[..]).ok()?.error_message
        }
        "application/json" | "application/problem+json" | "application/x-amz-json-1.1" => {
            let body: Value = serde_json::from_slice(response.body()).ok()?;
            ["message", "Message", "error", "detail"].iter().find_map(|name| body[name].as_str())?.to_owned()
        }
        "text/plain" => String::from_utf8_lossy(response.body()).into_owned(),
        _ => return None,
    };
    Some(text.trim().split("\n\n").next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn wording(vendor: Vendor) -> Wording {
        let otlp = Otlp::of_endpoint("https://a.example/v1/traces".to_owned(), Duration::ZERO, None);
        let headers = vec![("x-honeycomb-team".to_owned(), "S3CRETKEY".to_owned())];
        Wording::new(&Otlp { headers, vendor, ..otlp })
    }

    fn refusal(vendor: Vendor, status: u16, kind: &str, body: &'static [u8]) -> String {
        let response = Response::builder().status(status).header(CONTENT_TYPE, kind);
        let endpoint = Uri::from_static("https://a.example/v1/traces");
        wording(vendor).refusal(&endpoint, &response.body(Bytes::from_static(body)).expect("a response"))
    }

    #[test]
    fn secrets_of_an_endpoint_are_redacted() {
        let uri = "https://me:secret@a.example:4318/v1/traces?api_key=secret".parse().expect("a URI");
        assert_eq!(redacted(&uri), "https://a.example:4318/v1/traces");
        assert_eq!(redacted(&"http://[::1]:4318/".parse().expect("a URI")), "http://[::1]:4318/");
    }

    #[test]
    fn a_refused_key_says_what_to_check() {
        let text = refusal(Vendor::Honeycomb, 401, "application/x-protobuf", b"\x12\x0bunknown key");
        assert!(
            text.starts_with(
                "Honeycomb (https://a.example/v1/traces) answered 401 Unauthorized (unknown key); "
            ) && text.contains("HONEYCOMB_API_KEY"),
            "{text}"
        );
        assert!(refusal(Vendor::Any, 401, "", b"").contains("OTEL_EXPORTER_OTLP_HEADERS"));
    }

    #[test]
    fn a_secret_at_the_end_of_what_is_repeated_is_redacted_as_a_whole() {
        let body = format!("{}S3CRETKEY", "a".repeat(LONGEST_MESSAGE - 4));
        let text = refusal(Vendor::Any, 403, "text/plain", body.leak().as_bytes());
        assert!(!text.contains("S3CR"), "{text}");
    }

    #[test]
    fn messages_are_read_in_each_encoding_and_bounded() {
        for (kind, body) in [
            ("application/protobuf", &b"\x08\x03\x12\x04full"[..]),
            ("application/json", br#"{"message":"full"}"#),
            ("application/problem+json", br#"{"error":"full"}"#),
            ("text/plain; charset=utf-8", b"full\n"),
        ] {
            assert_eq!(
                refusal(Vendor::Any, 500, kind, body),
                "https://a.example/v1/traces answered 500 Internal Server Error (full)",
                "{kind}"
            );
        }
        for (kind, body) in
            [("text/html", &b"<html>"[..]), ("application/x-protobuf", b"\xff"), ("text/plain", b"")]
        {
            assert!(refusal(Vendor::Any, 500, kind, body).ends_with("Internal Server Error"), "{kind}");
        }
        assert!(refusal(Vendor::Any, 500, "text/plain", &[b'a'; 5000]).len() < 600);
    }

    #[test]
    fn an_answer_that_repeats_the_key_is_redacted() {
        for status in [400, 401, 403, 429, 500] {
            let text = refusal(Vendor::Honeycomb, status, "text/plain", b"no such key: S3CRETKEY");
            assert!(text.contains("***") && !text.contains("S3CRETKEY"), "{text}");
        }
    }
}
