//! OTLP over gRPC: turns an OTLP/HTTP request into a unary call, and the response of the call into an HTTP response.
//!
//! The protocol is <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>. All signals use gRPC over the one
//! transport, with the same certificates, headers, limits and errors as over HTTP.

use std::time::Duration;

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, TE};
use ::http::{Request, Response, StatusCode};
use bytes::{BufMut, Bytes, BytesMut};
use percent_encoding::percent_decode_str;

use super::body::Pieces;
use super::head::is_page;
use super::retry_info;

static ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
static TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
static STATUS: HeaderName = HeaderName::from_static("grpc-status");
static MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
static DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// The length of the prefix of a message: one byte for compression, four for its length.
const PREFIX: usize = 5;

/// Code and whole message of a failed call. Stored in the extensions of the response.
#[derive(Clone, Debug)]
pub(super) struct GrpcStatus(pub(super) String);

/// Turns an OTLP/HTTP request into a unary call with this time limit.
pub(super) fn request(request: Request<Pieces>, limit: Duration) -> Request<Pieces> {
    let (mut head, body) = request.into_parts();
    let encoding = head.headers.remove(CONTENT_ENCODING);
    // In one frame: a port that speaks another protocol can close the connection before it gets a second one.
    let mut message = BytesMut::with_capacity(PREFIX + body.len());
    message.put_u8(u8::from(encoding.is_some()));
    // A batch never reaches four gigabytes.
    message.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    for piece in body {
        message.put(piece);
    }
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    head.headers.insert(TE, HeaderValue::from_static("trailers"));
    // The specification allows eight digits.
    let milliseconds = limit.as_millis().clamp(1, 99_999_999);
    if let Ok(value) = HeaderValue::try_from(format!("{milliseconds}m")) {
        head.headers.insert(TIMEOUT.clone(), value);
    }
    if let Some(encoding) = encoding {
        head.headers.insert(ENCODING.clone(), encoding);
    }
    Request::from_parts(head, message.freeze().into())
}

/// Turns the response of a unary call into an OTLP/HTTP response. Its status is retryable when the gRPC status is.
pub(super) fn response(mut response: Response<Bytes>, trailers: Option<&HeaderMap>) -> Response<Bytes> {
    if !response.status().is_success() {
        // A proxy on the way answered, which does not speak gRPC.
        return response;
    }
    // A response without a message has its trailers among its headers ("Trailers-Only").
    let trailers = trailers.filter(|trailers| trailers.contains_key(&STATUS)).unwrap_or(response.headers());
    let text = |name: &HeaderName| trailers.get(name).and_then(|value| value.to_str().ok());
    let code = text(&STATUS).and_then(|code| code.trim().parse::<u16>().ok());
    if code == Some(0) {
        let message = response.body().get(PREFIX..).map(|message| response.body().slice_ref(message));
        return response.map(|_| message.unwrap_or_default());
    }
    let details = trailers.get(&DETAILS).map(HeaderValue::as_bytes);
    let (has_details, pause) = (details.is_some(), details.and_then(retry_info::seconds));
    let is_size = text(&MESSAGE).is_some_and(concerns_size);
    let text = match (code, text(&MESSAGE)) {
        (None, _) => "no grpc-status".to_owned(),
        (Some(code), None) => format!("grpc-status {code}"),
        (Some(code), Some(message)) => {
            let message = percent_decode_str(message).decode_utf8().unwrap_or_default();
            format!("grpc-status {code}: {message}")
        }
    };
    *response.status_mut() = match code {
        // A web page has no status of gRPC: it keeps its own status, by which it is known.
        None if is_page(&response) => return response,
        Some(8 | 11) if is_size && !has_details => StatusCode::PAYLOAD_TOO_LARGE,
        code => http_status(code, has_details),
    };
    if let Some(seconds) = pause {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response.extensions_mut().insert(GrpcStatus(text));
    response
}

/// The HTTP status for a gRPC status, so that the same codes are retryable ("Failures" in OTLP's specification).
///
/// `RESOURCE_EXHAUSTED` is retryable only with details (`RetryInfo`).
fn http_status(code: Option<u16>, has_details: bool) -> StatusCode {
    match code {
        None => StatusCode::BAD_GATEWAY,
        Some(1 | 4 | 10 | 11 | 14 | 15) => StatusCode::SERVICE_UNAVAILABLE,
        Some(8) if has_details => StatusCode::TOO_MANY_REQUESTS,
        Some(7) => StatusCode::FORBIDDEN,
        Some(12) => StatusCode::NOT_FOUND,
        Some(16) => StatusCode::UNAUTHORIZED,
        Some(_) => StatusCode::BAD_REQUEST,
    }
}

/// Whether a message says that the request is too large. gRPC has no status for that: libraries answer `RESOURCE_EXHAUSTED`,
/// which is a quota, too, and tonic `OUT_OF_RANGE`.
fn concerns_size(message: &str) -> bool {
    let message = percent_decode_str(message).decode_utf8_lossy().to_ascii_lowercase();
    ["larger than max", "too large", "maximum size", "maximum configured message size"]
        .iter()
        .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Collected};

    use super::*;

    fn respond(code: Option<&'static str>, body: &'static [u8], details: bool) -> Response<Bytes> {
        let mut trailers = HeaderMap::new();
        if let Some(code) = code {
            trailers.insert(STATUS.clone(), HeaderValue::from_static(code));
        }
        if details {
            trailers.insert(DETAILS.clone(), HeaderValue::from_static("CAM"));
        }
        response(Response::new(Bytes::from_static(body)), Some(&trailers))
    }

    #[tokio::test]
    async fn a_request_is_framed_and_carries_its_timeout() {
        let http =
            Request::post("http://a/b").header(CONTENT_ENCODING, "gzip").body(Bytes::from_static(b"abc"));
        let (head, body) =
            request(http.expect("a request").map(Pieces::from), Duration::from_millis(1500)).into_parts();
        let sent = body.collect().await.map(Collected::to_bytes);
        assert_eq!(sent, Ok(Bytes::from_static(b"\x01\0\0\0\x03abc")));
        let headers = head.headers;
        assert_eq!(
            (&headers["te"], &headers["grpc-timeout"]),
            (&"trailers".parse().expect("a value"), &"1500m".parse().expect("a value"))
        );
        assert_eq!(
            (headers.get(CONTENT_ENCODING), &headers["grpc-encoding"]),
            (None, &"gzip".parse().expect("a value"))
        );
    }

    #[test]
    fn a_response_has_the_equivalent_http_status() {
        let good = respond(Some("0"), b"\0\0\0\0\x02ab", false);
        assert_eq!((good.status(), &good.body()[..]), (StatusCode::OK, &b"ab"[..]));
        assert_eq!(respond(Some("0"), b"", false).body().len(), 0);
        for (code, status) in
            [("14", 503), ("4", 503), ("8", 400), ("16", 401), ("12", 404), ("3", 400), ("x", 502)]
        {
            assert_eq!(respond(Some(code), b"", false).status(), status, "{code}");
        }
        assert_eq!(respond(Some("8"), b"", true).status(), 429);
        let pause = "CAgaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIKA==";
        let trailers = [(&STATUS, "8"), (&DETAILS, pause)]
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let paused = response(Response::new(Bytes::new()), Some(&HeaderMap::from_iter(trailers)));
        assert_eq!(
            (paused.status(), &paused.headers()[RETRY_AFTER]),
            (StatusCode::TOO_MANY_REQUESTS, &"40".parse().expect("a value"))
        );
        assert_eq!(respond(None, b"", false).status(), 502);
    }

    #[test]
    fn a_message_that_is_too_large_is_known_by_the_words_of_each_library() {
        for (code, message, status) in [
            ("8", "grpc: received message larger than max (5000000 vs. 4194304)", 413),
            ("8", "gRPC message exceeds maximum size 4194304: 5000000", 413),
            ("8", "Received message exceeds the maximum configured message size.", 413),
            ("11", "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes", 413),
            ("8", "the quota is used up", 400),
            ("11", "the reader is behind", 503),
        ] {
            let message = percent_encoding::utf8_percent_encode(message, percent_encoding::NON_ALPHANUMERIC);
            let trailers = [(&STATUS, code), (&MESSAGE, &*message.to_string())]
                .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("a value")));
            let response = response(Response::new(Bytes::new()), Some(&HeaderMap::from_iter(trailers)));
            assert_eq!(response.status(), status, "{message}");
        }
    }

    #[test]
    fn a_status_message_is_percent_decoded_and_kept_where_it_is_malformed() {
        for (message, status) in [
            ("a%20b%2C", "grpc-status 3: a b,"),
            ("a%2", "grpc-status 3: a%2"),
            ("%zz%+1", "grpc-status 3: %zz%+1"),
            ("%ff", "grpc-status 3: "),
        ] {
            let trailers = [(&STATUS, "3"), (&MESSAGE, message)]
                .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            let response = response(Response::new(Bytes::new()), Some(&HeaderMap::from_iter(trailers)));
            let GrpcStatus(read) = response.extensions().get().expect("a status");
            assert_eq!(read, status);
        }
    }
}
