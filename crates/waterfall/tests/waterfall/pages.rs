//! The pages and their headers.

use crate::process::Waterfall;

#[tokio::test]
async fn pages_and_assets_come_with_their_types_and_a_strict_policy() {
    let waterfall = Waterfall::start();
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/trace/4bf92f3577b34da6a3ce929d0e0e4736", "text/html; charset=utf-8"),
        ("/assets/style/base.css", "text/css; charset=utf-8"),
        ("/assets/favicon.svg", "image/svg+xml"),
    ] {
        let answer = waterfall.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let headers = answer.headers();
        assert_eq!(headers["content-type"], content_type, "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
}

#[tokio::test]
async fn every_asset_that_a_page_names_is_there_and_from_here() {
    let waterfall = Waterfall::start();
    for page in ["/", "/trace/4bf92f3577b34da6a3ce929d0e0e4736"] {
        let html = waterfall.get(page).await.text().await.unwrap();
        let named =
            html.split(['"', '\'']).filter(|part| part.starts_with("/assets/") || part.contains("://"));
        for path in named {
            assert!(path.starts_with("/assets/"), "{path} is elsewhere");
            assert_eq!(waterfall.get(path).await.status(), 200, "{path} of {page}");
        }
    }
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let waterfall = Waterfall::start();
    let tag = waterfall.get("/").await.headers()["etag"].clone();
    let again =
        waterfall.client.get(&waterfall.ready.http).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
}

#[tokio::test]
async fn nothing_outside_the_assets_can_be_read() {
    let waterfall = Waterfall::start();
    for path in ["/assets/../Cargo.toml", "/assets/%2e%2e/Cargo.toml", "/assets/", "/assets/none.js"] {
        assert_eq!(waterfall.get(path).await.status(), 404, "{path}");
    }
}
