//! Whether a request comes from a page of another site, as the browser says: `Sec-Fetch-Site` of
//! <https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>.

use actix_web::http::header::HeaderMap;

/// Whether a browser says anything but that the request is of this origin or of the user's own doing. What comes from
/// no browser says nothing; a word that is not known, or one beside a good one, counts as another site.
pub(crate) fn is_of_another_site(headers: &HeaderMap) -> bool {
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
        is_of_another_site(request.to_http_request().headers())
    }

    #[test]
    fn only_this_origin_the_user_and_what_is_no_browser_are_of_this_site() {
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
