//! Cross-site request forgery: a page of another site must not change anything in the name of whoever looks at it.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::http::uri::Authority;
use url::Url;

/// Whether a browser sent this request for a page of another site, and it changes something.
///
/// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. Other programs send neither.
pub(crate) fn is_forged(request: &HttpRequest) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let headers = request.headers();
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let authority = request.uri().authority().map(Authority::as_str);
    let host = authority.or_else(|| headers.get(HOST)?.to_str().ok());
    !origin.to_str().is_ok_and(|origin| host.is_some_and(|host| is_same_host(origin, host)))
}

/// Whether an origin has this host and port. The scheme may differ: a proxy may have ended TLS.
fn is_same_host(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let Ok(target) = Url::parse(&format!("{}://{host}", origin.scheme())) else { return false };
    origin.host().is_some()
        && origin.host() == target.host()
        && origin.port_or_known_default() == target.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn forged(method: Method, headers: &[(&str, &str)]) -> bool {
        let request = TestRequest::default().method(method).insert_header((HOST, "feed.example:8080"));
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        is_forged(&request.to_http_request())
    }

    #[test]
    fn writes_of_other_sites_are_forged() {
        for headers in [
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
            [("origin", "http://evil.example:8080")],
            [("origin", "http://feed.example:8081")],
            [("origin", "http://feed.example")],
            [("origin", "null")],
            [("origin", "feed.example:8080")],
        ] {
            assert!(forged(Method::POST, &headers), "{headers:?}");
            assert!(!forged(Method::GET, &headers), "{headers:?}");
        }
    }

    #[test]
    fn writes_of_the_same_site_and_of_programs_are_not() {
        for headers in [
            &[("sec-fetch-site", "same-origin"), ("origin", "https://feed.example")][..],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://feed.example:8080")],
            &[("origin", "https://FEED.example:8080")],
            &[],
        ] {
            assert!(!forged(Method::POST, headers), "{headers:?}");
        }
    }
}
