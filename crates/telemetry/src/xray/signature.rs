//! AWS Signature Version 4 of a request with a header `Authorization`
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
//!
//! Host, content type and all `x-amz-*` headers are signed, and the body as it is sent. The payload's hash is no header of
//! its own: only S3 needs one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue,
};
use http::{Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::{digest, hmac};

use super::timestamp;
use crate::env::{AccessKeys, Region};
use crate::export::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// What a path keeps: unreserved characters and `/`. A `%` is encoded again, as for all services but S3.
const ENCODED_IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What a signature is valid for, beside its day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) region: &'a Region,
    /// `xray`
    pub(super) service: &'a str,
}

/// Adds the headers `Host`, `X-Amz-Date`, `Authorization`, and with temporary credentials `X-Amz-Security-Token`. A
/// request that was signed before is signed anew.
pub(super) fn sign(
    request: &mut Request<Bytes>,
    keys: &AccessKeys,
    scope: Scope<'_>,
    now: SystemTime,
) -> Result<(), InvalidHeaderValue> {
    let time = timestamp::basic(now);
    let host = HeaderValue::from_str(&host(request.uri()))?;
    let headers = request.headers_mut();
    headers.insert(HOST, host);
    headers.insert(DATE, HeaderValue::from_str(&time)?);
    headers.remove(SECURITY_TOKEN);
    if let Some(token) = &keys.session {
        headers.insert(SECURITY_TOKEN, token.header()?);
    }
    let signed = Signed::of(headers);
    let canonical = canonical_request(request, &signed);
    let day = &time[..8];
    let credential_scope = format!("{day}/{}/{}/aws4_request", scope.region.0, scope.service);
    let to_sign = format!("{ALGORITHM}\n{time}\n{credential_scope}\n{}", sha256(canonical.as_bytes()));
    let signature = hex(hmac_sha256(&signing_key(keys, day, scope), to_sign.as_bytes()).as_ref());
    let mut authorization = HeaderValue::from_str(&format!(
        "{ALGORITHM} Credential={}/{credential_scope}, SignedHeaders={}, Signature={signature}",
        keys.id.0, signed.names
    ))?;
    authorization.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, authorization);
    Ok(())
}

/// The headers that are signed: a line each, and their names.
struct Signed {
    lines: String,
    /// In order, separated by `;`.
    names: String,
}

impl Signed {
    fn of(headers: &HeaderMap) -> Self {
        let mut values: BTreeMap<&str, Vec<Cow<'_, str>>> = BTreeMap::new();
        let is_signed =
            |name: &HeaderName| *name == HOST || *name == CONTENT_TYPE || name.as_str().starts_with("x-amz-");
        for (name, value) in headers.iter().filter(|(name, _)| is_signed(name)) {
            let value = String::from_utf8_lossy(value.as_bytes());
            values.entry(name.as_str()).or_default().push(value);
        }
        let mut signed = Self { lines: String::new(), names: String::new() };
        for (name, values) in values {
            let values: Vec<String> = values.iter().map(|value| single_spaced(value)).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(signed.lines, "{name}:{}", values.join(","));
            let separator = if signed.names.is_empty() { "" } else { ";" };
            let _ = write!(signed.names, "{separator}{name}");
        }
        signed
    }
}

fn single_spaced(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn canonical_request(request: &Request<Bytes>, signed: &Signed) -> String {
    let (method, uri) = (request.method(), request.uri());
    let (path, query) = (canonical_path(uri.path()), canonical_query(uri.query().unwrap_or_default()));
    let Signed { lines, names } = signed;
    format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{}", sha256(request.body()))
}

/// The path without empty, `.` and `..` segments, and encoded once more.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    utf8_percent_encode(&format!("/{}{end}", segments.join("/")), ENCODED_IN_PATH).to_string()
}

/// The parameters, which are encoded already, in order.
fn canonical_query(query: &str) -> String {
    let parameters = query.split('&').filter(|_| !query.is_empty());
    let mut parameters: Vec<(&str, &str)> =
        parameters.map(|parameter| parameter.split_once('=').unwrap_or((parameter, ""))).collect();
    parameters.sort_unstable();
    let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    parameters.join("&")
}

/// The header `Host` of requests to this URL: the port only where it is not the scheme's.
fn host(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    match uri.port_u16() {
        Some(port) if port != default => format!("{host}:{port}"),
        _ => host,
    }
}

/// The key of one day, region and service.
fn signing_key(keys: &AccessKeys, day: &str, scope: Scope<'_>) -> hmac::Tag {
    let secret = format!("AWS4{}", keys.secret.0);
    let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), day.as_bytes());
    let key = hmac_sha256(&key, scope.region.0.as_bytes());
    let key = hmac_sha256(&key, scope.service.as_bytes());
    hmac_sha256(&key, b"aws4_request")
}

fn hmac_sha256(key: &hmac::Tag, data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), data)
}

fn sha256(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, data).as_ref())
}

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use http::Method;

    use super::*;
    use crate::env::Token;

    /// The session token of `post-sts-header-before`.
    const SESSION: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI\
        eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvl\
        Rd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJa\
        bIQwj2ICCR/oLxBA==";

    fn keys(session: Option<&str>) -> AccessKeys {
        let token = |text: &str| Token(text.to_owned());
        let secret = token("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        AccessKeys { id: token("AKIDEXAMPLE"), secret, session: session.map(token) }
    }

    fn request(method: Method, url: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Request<Bytes> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Bytes::from_static(body)).expect("a request")
    }

    /// The header `Authorization` with the keys, service and time of AWS's test suite.
    fn authorization(mut request: Request<Bytes>, session: Option<&str>) -> String {
        let region = Region("us-east-1".to_owned());
        let scope = Scope { region: &region, service: "service" };
        let now = timestamp::parse("2015-08-30T12:36:00Z").expect("a time");
        sign(&mut request, &keys(session), scope, now).expect("a signature");
        request.headers()[AUTHORIZATION].to_str().expect("text").to_owned()
    }

    /// The names of AWS's published test suite for Signature Version 4, and its signatures.
    #[test]
    fn signatures_are_those_of_the_published_test_suite() {
        const HOST: &str = "https://example.amazonaws.com";
        let form = [("content-type", "application/x-www-form-urlencoded")];
        for (name, method, target, headers, body, session, signature) in [
            (
                "get-vanilla",
                Method::GET,
                "/",
                &[][..],
                &b""[..],
                None,
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-slash",
                Method::GET,
                "//",
                &[],
                b"",
                None,
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-relative",
                Method::GET,
                "/example/..",
                &[],
                b"",
                None,
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-vanilla-query-order-key-case",
                Method::GET,
                "/?Param2=value2&Param1=value1",
                &[],
                b"",
                None,
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "post-vanilla",
                Method::POST,
                "/",
                &[],
                b"",
                None,
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "post-x-www-form-urlencoded",
                Method::POST,
                "/",
                &form,
                b"Param1=value1",
                None,
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                "post-sts-header-before",
                Method::POST,
                "/",
                &[],
                b"",
                Some(SESSION),
                "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
            ),
        ] {
            let request = request(method, &format!("{HOST}{target}"), headers, body);
            let authorization = authorization(request, session);
            assert!(authorization.ends_with(&format!("Signature={signature}")), "{name}: {authorization}");
        }
    }

    #[test]
    fn host_content_type_and_headers_of_amazon_are_signed_and_no_others() {
        let headers = [
            ("content-type", "application/x-protobuf"),
            ("content-encoding", "gzip"),
            ("user-agent", "a"),
            ("x-amz-b", "1"),
        ];
        let authorization =
            authorization(request(Method::POST, "https://a.example/", &headers, b""), Some("T"));
        let names = "SignedHeaders=content-type;host;x-amz-b;x-amz-date;x-amz-security-token,";
        assert!(authorization.contains(names), "{authorization}");
        assert!(
            authorization.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            ),
            "{authorization}"
        );
    }

    #[test]
    fn a_signed_request_is_signed_anew_without_a_trace_of_the_first_signature() {
        let region = Region("us-east-1".to_owned());
        let scope = Scope { region: &region, service: "xray" };
        let mut twice = request(Method::POST, "https://a.example/v1/traces", &[], b"spans");
        let mut once = twice.clone();
        let later = UNIX_EPOCH + Duration::from_secs(3_600);
        sign(&mut twice, &keys(Some("T")), scope, UNIX_EPOCH).expect("a signature");
        sign(&mut twice, &keys(None), scope, later).expect("a signature");
        sign(&mut once, &keys(None), scope, later).expect("a signature");
        assert_eq!(twice.headers(), once.headers());
    }

    #[test]
    fn no_secret_is_printed_with_a_signed_request() {
        let region = Region("us-east-1".to_owned());
        let mut request = request(Method::POST, "https://a.example/v1/traces", &[], b"");
        let keys = keys(Some("S3CRET"));
        sign(&mut request, &keys, Scope { region: &region, service: "xray" }, UNIX_EPOCH)
            .expect("a signature");
        let printed = format!("{request:?}{keys:?}");
        assert!(!printed.contains("S3CRET") && !printed.contains("Signature="), "{printed}");
    }

    #[test]
    fn the_host_has_a_port_where_it_is_not_the_one_of_the_scheme() {
        for (url, expected) in [
            ("https://XRAY.us-east-1.amazonaws.com/v1/traces", "xray.us-east-1.amazonaws.com"),
            ("https://a.example:443/", "a.example"),
            ("http://a.example:80/", "a.example"),
            ("https://a.example:80/", "a.example:80"),
            ("http://[::1]:4318/", "[::1]:4318"),
        ] {
            assert_eq!(host(&url.parse().expect("a URL")), expected, "{url}");
        }
    }
}
