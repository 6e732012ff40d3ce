//! Embedded pages, assets and security headers.

use std::collections::BTreeSet;

use crate::process::Waterfall;

#[tokio::test]
async fn pages_and_assets_have_content_types_and_a_strict_policy() {
    let waterfall = Waterfall::start();
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/trace/4bf92f3577b34da6a3ce929d0e0e4736", "text/html; charset=utf-8"),
        ("/assets/style/base.css", "text/css; charset=utf-8"),
        ("/assets/favicon.svg", "image/svg+xml"),
    ] {
        let response = waterfall.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers();
        assert_eq!(headers["content-type"], content_type, "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
}

#[tokio::test]
async fn every_asset_of_a_page_exists_on_this_origin() {
    let waterfall = Waterfall::start();
    for page in ["/", "/trace/4bf92f3577b34da6a3ce929d0e0e4736"] {
        let html = waterfall.get(page).await.text().await.unwrap();
        let named =
            html.split(['"', '\'']).filter(|part| part.starts_with("/assets/") || part.contains("://"));
        for path in named {
            assert!(path.starts_with("/assets/"), "{path} is on another origin");
            assert_eq!(waterfall.get(path).await.status(), 200, "{path} of {page}");
        }
    }
}

#[tokio::test]
async fn each_page_preloads_exactly_the_modules_that_it_imports() {
    let waterfall = Waterfall::start();
    for page in ["/", "/trace/4bf92f3577b34da6a3ce929d0e0e4736"] {
        let html = waterfall.get(page).await.text().await.unwrap();
        let preloaded: BTreeSet<String> = quoted_after(&html, "<link rel=\"modulepreload\" href=").collect();
        let entry = quoted_after(&html, "<script type=\"module\" src=").next().unwrap();

        let mut imported = BTreeSet::new();
        let mut pending = vec![entry];
        while let Some(module) = pending.pop() {
            let url = waterfall.ready.http.parse::<reqwest::Url>().unwrap().join(&module).unwrap();
            let source = waterfall.get(&module).await.error_for_status().unwrap().text().await.unwrap();
            for specifier in quoted_after(&source, "\n} from ").chain(quoted_after(&source, " } from ")) {
                let target = url.join(&specifier).unwrap().path().to_owned();
                if imported.insert(target.clone()) {
                    pending.push(target);
                }
            }
        }
        assert!(imported.len() > 20, "{page} imports {imported:?}");
        assert_eq!(preloaded, imported, "{page}");
    }
}

/// The strings in double quotes that follow `before`.
fn quoted_after(text: &str, before: &str) -> impl Iterator<Item = String> {
    let start = format!("{before}\"");
    text.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(value, _)| value.to_owned())
        .collect::<Vec<_>>()
        .into_iter()
}

#[tokio::test]
async fn an_unchanged_file_is_a_304() {
    let waterfall = Waterfall::start();
    let tag = waterfall.get("/").await.headers()["etag"].clone();
    let response =
        waterfall.client.get(&waterfall.ready.http).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(response.status(), 304);
}

#[tokio::test]
async fn paths_outside_the_assets_are_404() {
    let waterfall = Waterfall::start();
    for path in ["/assets/../Cargo.toml", "/assets/%2e%2e/Cargo.toml", "/assets/", "/assets/none.js"] {
        assert_eq!(waterfall.get(path).await.status(), 404, "{path}");
    }
}
