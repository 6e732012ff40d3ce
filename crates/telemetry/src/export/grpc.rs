//! OTLP over gRPC, as much of it as a unary call needs: an OTLP/HTTP request becomes one of gRPC, and its answer one of HTTP.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>. So every signal has gRPC over the one transport, with the
//! same certificates, headers, limits and errors as over HTTP.

use std::time::Duration;

use ::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE};
use ::http::{Request, Response, StatusCode};
use bytes::{BufMut, Bytes, BytesMut};
use percent_encoding::percent_decode_str;

static ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
static TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
static STATUS: HeaderName = HeaderName::from_static("grpc-status");
static MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
static DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// Before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Of what a backend says, no more than this is repeated.
const LONGEST_MESSAGE: usize = 200;

/// What gRPC said, for whoever tells of the failure.
#[derive(Clone, Debug)]
pub(super) struct GrpcStatus(pub(super) String);

/// The same request as a unary call.
pub(super) fn request(request: Request<Bytes>, limit: Duration) -> Request<Bytes> {
    let (mut head, body) = request.into_parts();
    let encoding = head.headers.remove(CONTENT_ENCODING);
    let mut message = BytesMut::with_capacity(PREFIX + body.len());
    message.put_u8(u8::from(encoding.is_some()));
    // A batch is far from four gigabytes.
    message.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    message.put(body);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    head.headers.insert(TE, HeaderValue::from_static("trailers"));
    // At most eight digits.
    let milliseconds = limit.as_millis().clamp(1, 99_999_999);
    if let Ok(value) = HeaderValue::try_from(format!("{milliseconds}m")) {
        head.headers.insert(TIMEOUT.clone(), value);
    }
    if let Some(encoding) = encoding {
        head.headers.insert(ENCODING.clone(), encoding);
    }
    Request::from_parts(head, message.freeze())
}

/// The answer to a unary call as that of an OTLP/HTTP request, with a status that is retryable where gRPC's is.
pub(super) fn response(mut response: Response<Bytes>, trailers: Option<&HeaderMap>) -> Response<Bytes> {
    if !response.status().is_success() {
        // Of something in between that does not speak gRPC.
        return response;
    }
    // An answer without a message has its trailers in the head.
    let trailers = trailers.filter(|trailers| trailers.contains_key(&STATUS)).unwrap_or(response.headers());
    let text = |name: &HeaderName| trailers.get(name).and_then(|value| value.to_str().ok());
    let code = text(&STATUS).and_then(|code| code.trim().parse::<u16>().ok());
    if code == Some(0) {
        let message = response.body().get(PREFIX..).map(|message| response.body().slice_ref(message));
        return response.map(|_| message.unwrap_or_default());
    }
    let may_pass = trailers.contains_key(&DETAILS);
    let said = match (code, text(&MESSAGE)) {
        (None, _) => "no grpc-status".to_owned(),
        (Some(code), None) => format!("grpc-status {code}"),
        (Some(code), Some(message)) => {
            let message = percent_decode_str(message).decode_utf8().unwrap_or_default();
            format!("grpc-status {code}: {}", message.chars().take(LONGEST_MESSAGE).collect::<String>())
        }
    };
    *response.status_mut() = status(code, may_pass);
    response.extensions_mut().insert(GrpcStatus(said));
    response
}

/// OTLP's specification, "Failures": what may be sent again. `RESOURCE_EXHAUSTED` may when the backend says more (`RetryInfo`).
fn status(code: Option<u16>, may_pass: bool) -> StatusCode {
    match code {
        None => StatusCode::BAD_GATEWAY,
        Some(1 | 4 | 10 | 11 | 14 | 15) => StatusCode::SERVICE_UNAVAILABLE,
        Some(8) if may_pass => StatusCode::TOO_MANY_REQUESTS,
        Some(8) => StatusCode::PAYLOAD_TOO_LARGE,
        Some(7) => StatusCode::FORBIDDEN,
        Some(12) => StatusCode::NOT_FOUND,
        Some(16) => StatusCode::UNAUTHORIZED,
        Some(_) => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(code: Option<&'static str>, body: &'static [u8], details: bool) -> Response<Bytes> {
        let mut trailers = HeaderMap::new();
        if let Some(code) = code {
            trailers.insert(STATUS.clone(), HeaderValue::from_static(code));
        }
        if details {
            trailers.insert(DETAILS.clone(), HeaderValue::from_static("CAM"));
        }
        response(Response::new(Bytes::from_static(body)), Some(&trailers))
    }

    #[test]
    fn a_request_is_framed_and_says_how_long_it_may_take() {
        let http =
            Request::post("http://a/b").header(CONTENT_ENCODING, "gzip").body(Bytes::from_static(b"abc"));
        let grpc = request(http.expect("a request"), Duration::from_millis(1500));
        assert_eq!(&grpc.body()[..], b"\x01\0\0\0\x03abc");
        let headers = grpc.headers();
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
    fn an_answer_has_the_status_that_http_would_have() {
        let good = answered(Some("0"), b"\0\0\0\0\x02ab", false);
        assert_eq!((good.status(), &good.body()[..]), (StatusCode::OK, &b"ab"[..]));
        assert_eq!(answered(Some("0"), b"", false).body().len(), 0);
        for (code, status) in
            [("14", 503), ("4", 503), ("8", 413), ("16", 401), ("12", 404), ("3", 400), ("x", 502)]
        {
            assert_eq!(answered(Some(code), b"", false).status(), status, "{code}");
        }
        assert_eq!(answered(Some("8"), b"", true).status(), 429);
        assert_eq!(answered(None, b"", false).status(), 502);
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
