//! Detection of cross-site requests, by the `Sec-Fetch-Site` header of the browser
//! (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>).

use actix_web::http::header::HeaderMap;

/// Whether a browser reports that the request comes from another site. Other clients send no such header
/// and are allowed. An unknown value counts as another site, even beside an allowed one.
pub(crate) fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get_all("sec-fetch-site").any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_refused(sites: &[&[u8]]) -> bool {
        let request = sites
            .iter()
            .fold(TestRequest::default(), |request, site| request.append_header(("sec-fetch-site", *site)));
        is_cross_site(request.to_http_request().headers())
    }

    #[test]
    fn same_origin_user_and_non_browser_requests_are_not_cross_site() {
        for good in [&[][..], &[&b"same-origin"[..]], &[b"none"], &[b"none", b"same-origin"]] {
            assert!(!is_refused(good), "{good:?}");
        }
        for bad in
            [&b"cross-site"[..], b"same-site", b"", b"same-origin, cross-site", b"Same-Origin", b"\xff"]
        {
            assert!(is_refused(&[bad]), "{bad:?}");
            assert!(is_refused(&[b"same-origin", bad]), "{bad:?}");
        }
    }
}
