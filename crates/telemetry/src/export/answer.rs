//! What failures of a destination mean, in words for the log and for `check`.

use std::error::Error;

use ::http::header::CONTENT_TYPE;
use ::http::{Response, Uri};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use prost::Message;
use serde_json::Value;

use super::advice::{Advisor, host};
use super::grpc::GrpcStatus;
use crate::env::{Otlp, Protocol, Vendor, variables};

/// The characters of a destination's own message that are repeated.
const LONGEST_MESSAGE: usize = 400;
/// Header values from this length on may be keys.
const SHORTEST_SECRET: usize = 6;

/// Describes failures of one destination.
#[derive(Clone, Debug)]
pub(crate) struct Wording {
    advisor: Advisor,
    /// The values of headers, which an answer may repeat.
    secrets: Vec<String>,
    /// Advice that knows more than the status.
    advice: Option<String>,
}

impl Wording {
    pub(crate) fn new(otlp: &Otlp) -> Self {
        let values = otlp.headers.iter().flat_map(|(_, value)| value.split_whitespace());
        let secrets = values.filter(|value| value.len() >= SHORTEST_SECRET).map(str::to_owned).collect();
        let is_grpc = otlp.protocol == Protocol::Grpc;
        let advisor = Advisor { vendor: otlp.vendor, variable: otlp.variable.clone(), is_grpc };
        Self { advisor, secrets, advice: None }
    }

    /// The words for one answer: with this advice, if there is some, and without these secrets.
    pub(crate) fn with(&self, advice: Option<String>, secrets: &[String]) -> Self {
        Self { advisor: self.advisor.clone(), secrets: [&self.secrets[..], secrets].concat(), advice }
    }

    /// Describes a response that is no success: who answered, what, and what to change.
    pub(crate) fn refusal(&self, endpoint: &Uri, response: &Response<Bytes>) -> String {
        let answer = match response.extensions().get() {
            Some(GrpcStatus(status)) => self.repeated(status),
            None => self.status(response),
        };
        let advice = self.advice.clone().or_else(|| self.advisor.on_answer(endpoint, response));
        let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{} answered {answer}{advice}", self.name(endpoint))
    }

    /// The status of a response, with its own message in parentheses if it has one.
    pub(crate) fn status(&self, response: &Response<Bytes>) -> String {
        let message = message(response).map(|message| self.repeated(&message));
        let message = message.filter(|text| !text.is_empty()).map(|message| format!(" ({message})"));
        format!("{}{}", response.status(), message.unwrap_or_default())
    }

    /// Describes why there is no response, with advice where there is some.
    pub(crate) fn no_response(&self, endpoint: &Uri, error: &(dyn Error + 'static)) -> String {
        let roots = match self.advisor.vendor {
            Vendor::Any => variables::OTLP_CERTIFICATE,
            Vendor::Honeycomb | Vendor::Xray => variables::SSL_CERT_FILE,
        };
        described(&self.name(endpoint), error, self.advisor.on_error(error, roots))
    }

    /// The destination and its endpoint.
    pub(crate) fn name(&self, endpoint: &Uri) -> String {
        match self.advisor.vendor {
            Vendor::Any => redacted(endpoint),
            Vendor::Honeycomb => format!("Honeycomb ({})", redacted(endpoint)),
            Vendor::Xray => format!("X-Ray ({})", redacted(endpoint)),
        }
    }

    /// What of a destination's own words is repeated: at most [`LONGEST_MESSAGE`] characters, on one line, without secrets.
    pub(super) fn repeated(&self, text: &str) -> String {
        // They are removed before the text is cut, so that no half of one remains.
        let text = self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
        text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
    }
}

/// Describes why `destination` gave no response; `roots` is the variable that names root certificates.
#[cfg(any(feature = "rollbar", feature = "xray"))]
pub(crate) fn transport_error(
    destination: &str,
    error: &(dyn Error + 'static),
    roots: crate::env::Variable,
) -> String {
    let advisor = Advisor { vendor: Vendor::Any, variable: None, is_grpc: false };
    described(destination, error, advisor.on_error(error, roots))
}

fn described(destination: &str, error: &(dyn Error + 'static), advice: Option<String>) -> String {
    let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
    format!("{destination}: {}{advice}", crate::error_chain::with_sources(error))
}

/// The endpoint without user, password and query, which may be secrets.
pub(crate) fn redacted(endpoint: &Uri) -> String {
    let host = host(endpoint).unwrap_or_default();
    format!("{}://{host}{}", endpoint.scheme_str().unwrap_or("http"), endpoint.path())
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
        // Some servers name no type. A page is no message.
        "" => String::from_utf8(response.body().to_vec()).ok().filter(|text| !text.contains('<'))?,
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
    fn what_a_backend_says_over_grpc_or_of_a_partial_success_is_without_secrets_too() {
        let said = format!("{}S3CRETKEY\u{1b}[2J", "a".repeat(LONGEST_MESSAGE - 20));
        let mut response = Response::builder().status(401).body(Bytes::new()).expect("a response");
        response.extensions_mut().insert(GrpcStatus(format!("grpc-status 16: {said}")));
        let refused =
            wording(Vendor::Any).refusal(&Uri::from_static("https://a.example/v1/traces"), &response);
        for text in [refused, wording(Vendor::Any).repeated(&said)] {
            assert!(!text.contains("S3CR") && !text.contains('\u{1b}'), "{text}");
        }
        assert_eq!(wording(Vendor::Any).repeated(&"a".repeat(5000)).len(), LONGEST_MESSAGE);
    }

    #[test]
    fn messages_are_read_in_each_encoding_and_bounded() {
        for (kind, body) in [
            ("application/protobuf", &b"\x08\x03\x12\x04full"[..]),
            ("application/json", br#"{"message":"full"}"#),
            ("application/problem+json", br#"{"error":"full"}"#),
            ("text/plain; charset=utf-8", b"full\n"),
            ("", b"full"),
        ] {
            assert_eq!(
                refusal(Vendor::Any, 500, kind, body),
                "https://a.example/v1/traces answered 500 Internal Server Error (full); the fault is on its side: see its log or \
                 status page",
                "{kind}"
            );
        }
        for (kind, body) in
            [("text/html", &b"<html>"[..]), ("application/x-protobuf", b"\xff"), ("text/plain", b"")]
        {
            assert!(refusal(Vendor::Any, 500, kind, body).contains("Internal Server Error; "), "{kind}");
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
