//! Pages that load no other file, because the client may not be signed in: the sign-in form and errors.

use std::sync::LazyLock;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

const LAYOUT: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
pub(crate) const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// Allows no scripts and no requests. The style is allowed by its digest, and forms by their own origin.
pub(crate) static CONTENT_SECURITY_POLICY: LazyLock<header::HeaderValue> = LazyLock::new(|| {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    header::HeaderValue::try_from(policy)
        .unwrap_or_else(|_| header::HeaderValue::from_static("default-src 'none'"))
});

/// A whole page. `content` is HTML: what it holds of a request must be [`escape`]d.
pub(crate) fn document(title: &str, content: &str) -> String {
    // The content comes last, because it may hold a placeholder of an untrusted client.
    LAYOUT.replace("{style}", STYLE).replace("{title}", &escape(title)).replace("{content}", content)
}

/// The response with a whole page as its body.
pub(crate) fn respond(status: StatusCode, document: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.clone()))
        // The form's own request must carry its `Origin`.
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .body(document)
}

/// Text in HTML, also inside a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The path if it stays on this origin, otherwise `/`. Browsers read `//host` and `/\host` as another origin.
pub(crate) fn local_path(to: &str) -> &str {
    let mut bytes = to.bytes();
    let is_path = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    if is_path && to.bytes().all(|byte| byte.is_ascii_graphic()) { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_on_this_origin() {
        for good in ["/", "/trace/1?view=flame&from=1", "/?find=%20"] {
            assert_eq!(local_path(good), good);
        }
        for bad in ["", "//evil", "/\\evil", "https://evil", "evil", "/a\r\nb", "/\t/evil", "/ü"] {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }

    #[test]
    fn the_page_contains_its_style_exactly_and_the_style_no_markup() {
        assert!(document("a", "b").contains(&format!("<style>{STYLE}</style>")));
        assert!(!STYLE.contains('<') && !STYLE.contains("{title}") && !STYLE.contains("{content}"));
    }

    #[test]
    fn placeholders_of_a_client_stay_as_they_are() {
        assert!(document("{content}", "{style}{title}").contains("{style}{title}"));
    }
}
