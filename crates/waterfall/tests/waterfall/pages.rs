//! Embedded pages, assets and security headers.

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
async fn each_page_loads_one_script() {
    let waterfall = Waterfall::start();
    for page in ["/", "/doctor", "/trace/4bf92f3577b34da6a3ce929d0e0e4736"] {
        let html = waterfall.get(page).await.text().await.unwrap();
        let scripts: Vec<_> = html.split("<script type=\"module\" src=\"").skip(1).collect();
        let [script] = scripts[..] else { panic!("{page} has {} scripts", scripts.len()) };
        let (path, _) = script.split_once('"').unwrap();
        let source = waterfall.get(path).await.error_for_status().unwrap().text().await.unwrap();
        assert!(!source.lines().any(|line| line.starts_with("import ")), "{path} imports modules");
    }
}

#[tokio::test]
async fn the_page_of_a_trace_asks_for_the_trace_at_once() {
    let waterfall = Waterfall::start();
    let id = "00000000000000004bf92f3577b34da6";
    for (page, requested) in [
        (format!("/trace/{id}"), format!("/api/ui/traces/{id}")),
        ("/trace/4BF92F3577B34DA6".to_owned(), format!("/api/ui/traces/{id}")),
        (format!("/trace/{id}?view=flame&clocks=corrected"), format!("/api/ui/traces/{id}?clocks=corrected")),
    ] {
        let response = waterfall.get(&page).await;
        let link = response.headers()["link"].to_str().unwrap();
        assert_eq!(link, format!("<{requested}>; rel=preload; as=fetch; crossorigin"), "{page}");
    }
    let invalid = waterfall.get("/trace/xyz").await;
    assert_eq!((invalid.status().as_u16(), invalid.headers().get("link")), (404, None));
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
