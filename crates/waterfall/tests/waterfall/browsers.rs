//! What a browser gets where a program gets JSON or plain text: a page with a way back. And `HEAD`.

use reqwest::{Method, Response};

use crate::{
    process::Waterfall,
    tokens::{bearer, with_tokens},
};

const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn navigate(waterfall: &Waterfall, method: Method, path: &str) -> Response {
    let url = format!("{}{path}", waterfall.ready.http);
    waterfall.client.request(method, url).header("accept", ACCEPT).send().await.unwrap()
}

/// Asserts that the response is a page that leads back, and returns it.
async fn page(response: Response, status: u16) -> String {
    let url = response.url().clone();
    assert_eq!(response.status(), status, "{url}");
    let headers = response.headers().clone();
    assert_eq!(headers["content-type"], "text/html; charset=utf-8", "{url}");
    assert_eq!(headers["cache-control"], "no-store", "{url}");
    assert_eq!(headers["x-content-type-options"], "nosniff", "{url}");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{url}: {policy}");
    let html = response.text().await.unwrap();
    for link in ["<a href=\"/\">Traces</a>", "<a href=\"/?view=services\">Services</a>"] {
        assert!(html.contains(link), "{url}: {html}");
    }
    html
}

#[tokio::test]
async fn an_unknown_path_is_a_page_with_a_way_back() {
    let waterfall = Waterfall::start();
    for path in [
        "/services",
        "/traces",
        "/trace",
        "/trace/",
        "/trace/a/b",
        "/api/nope",
        "/index.html",
        "/assets/no.js",
    ] {
        let html = page(navigate(&waterfall, Method::GET, path).await, 404).await;
        assert!(
            html.contains("<h1>Not found</h1>") && html.contains(&format!("Unknown path {path}.")),
            "{html}"
        );
    }
}

#[tokio::test]
async fn programs_get_an_unknown_path_as_json() {
    let waterfall = Waterfall::start();
    for accept in ["*/*", "application/json", "application/json, text/html;q=0.5"] {
        let url = format!("{}/api/nope", waterfall.ready.http);
        let response = waterfall.client.get(url).header("accept", accept).send().await.unwrap();
        assert_eq!(response.status(), 404);
        assert_eq!(response.text().await.unwrap(), r#"{"error":"unknown path /api/nope"}"#, "{accept}");
    }
}

#[tokio::test]
async fn a_path_of_a_client_adds_no_markup_to_the_page() {
    let waterfall = Waterfall::start();
    let html = page(navigate(&waterfall, Method::GET, "/%3Cscript%3E{title}\"<b>").await, 404).await;
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
}

#[tokio::test]
async fn other_errors_are_pages_that_say_what_is_wrong() {
    let waterfall = Waterfall::start();
    let unknown = "4bf92f3577b34da6a3ce929d0e0e4736";
    for (path, status, message) in [
        ("/api/ui/traces?limit=many", 400, "Limit, from and to must be whole numbers."),
        ("/api/ui/traces?q=duration%3E%3D%3D", 400, "A duration is written like"),
        ("/api/ui/traces/xyz", 400, "it must have 1 to 32 hex digits that are not all zero."),
        (&format!("/api/ui/traces/{unknown}"), 404, &format!("Trace {unknown} not found.")),
        (&format!("/api/traces/{unknown}"), 404, "Trace not found."),
        (&format!("/api/v3/traces/{unknown}"), 404, "No traces found."),
        ("/api/ui/import", 405, "A browser cannot open it as a page."),
        ("/sign-out", 405, "A browser cannot open it as a page."),
    ] {
        let html = page(navigate(&waterfall, Method::GET, path).await, status).await;
        assert!(html.contains(message), "{path}: {html}");
        assert!(!html.contains("Try again"), "{path}: {html}");
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_is_a_page() {
    let waterfall = with_tokens();
    let form = format!("token={}", "x".repeat(64 * 1024));
    let request = waterfall.client.post(format!("{}/sign-in", waterfall.ready.http));
    let request =
        request.header("content-type", "application/x-www-form-urlencoded").header("accept", ACCEPT);
    page(request.body(form).send().await.unwrap(), 413).await;
}

#[tokio::test]
async fn an_invalid_token_is_a_page_with_the_challenge() {
    let waterfall = with_tokens();
    let request = waterfall.client.get(format!("{}/", waterfall.ready.http)).header("accept", ACCEPT);
    let response = request.header("authorization", bearer("0123456789abcdefx")).send().await.unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"waterfall\"");
    let html = page(response, 401).await;
    assert!(html.contains("Invalid token: send the value of WATERFALL_READ_TOKEN"), "{html}");
}

#[tokio::test]
async fn a_method_that_is_not_allowed_is_named() {
    let waterfall = Waterfall::start();
    for (method, path, allowed) in [
        (Method::POST, "/api/ui/status", "HEAD, GET"),
        (Method::GET, "/sign-out", "POST"),
        (Method::DELETE, "/", "HEAD, GET"),
        (Method::PUT, "/sign-in", "HEAD, GET, POST"),
    ] {
        let url = format!("{}{path}", waterfall.ready.http);
        let response = waterfall.client.request(method.clone(), url).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["allow"].to_str().unwrap()),
            (405, allowed)
        );
        let error: serde_json::Value = response.json().await.unwrap();
        assert_eq!(error["error"], format!("this address does not accept {method}"), "{path}");
    }
}

#[tokio::test]
async fn the_page_of_an_impossible_trace_id_is_not_found() {
    let waterfall = Waterfall::start();
    for (id, status) in
        [("xyz", 404), ("0", 404), ("4bf92f3577b34da6a3ce929d0e0e47360", 404), ("4BF92F", 200)]
    {
        let response = navigate(&waterfall, Method::GET, &format!("/trace/{id}")).await;
        assert_eq!(response.status(), status, "{id}");
        assert!(response.text().await.unwrap().contains("/assets/trace-page.bundle.js"), "{id}");
    }
}

#[tokio::test]
async fn head_has_the_status_and_headers_of_get_without_a_body() {
    let waterfall = Waterfall::start();
    for (path, status) in [
        ("/", 200),
        ("/trace/4bf92f3577b34da6a3ce929d0e0e4736", 200),
        ("/assets/style/base.css", 200),
        ("/api/ui/traces", 200),
        ("/health/ready", 204),
        ("/services", 404),
        ("/sign-out", 405),
    ] {
        let get = navigate(&waterfall, Method::GET, path).await;
        let head = navigate(&waterfall, Method::HEAD, path).await;
        assert_eq!((get.status().as_u16(), head.status().as_u16()), (status, status), "{path}");
        for name in ["content-type", "content-length", "etag", "content-security-policy"] {
            assert_eq!(head.headers().get(name), get.headers().get(name), "{name} of {path}");
        }
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
    }
}

#[tokio::test]
async fn head_of_the_event_stream_ends() {
    let waterfall = Waterfall::start();
    let response = navigate(&waterfall, Method::HEAD, "/api/stream").await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_otlp_port_leads_a_browser_to_the_page() {
    let waterfall = Waterfall::start();
    for (path, status) in [("/", 404), ("/v1/traces", 405), ("/favicon.ico", 404)] {
        let url = format!("{}{path}", waterfall.ready.otlp_http);
        let response = waterfall.client.get(url).header("accept", ACCEPT).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        let text = response.text().await.unwrap();
        assert!(text.ends_with(&format!("The traces are shown at {}/\n", waterfall.ready.http)), "{text}");
    }
}

#[tokio::test]
async fn the_status_has_the_addresses_of_this_process() {
    let example = "http://localhost:8080/api/activities/home";
    let waterfall = Waterfall::with(&[
        ("WATERFALL_EXAMPLE_URL", example),
        ("WATERFALL_INGEST_TOKEN", "0123456789abcdef"),
    ]);
    let status = waterfall.json("/api/ui/status").await;
    let address = |url: &str| url.strip_prefix("http://").unwrap().to_owned();
    let ready = &waterfall.ready;
    let expected = serde_json::json!({
        "page": address(&ready.http), "otlp_http": address(&ready.otlp_http), "otlp_grpc": address(&ready.otlp_grpc),
        "ingest_token_required": true,
    });
    assert_eq!((&status["endpoints"], status["example_url"].as_str()), (&expected, Some(example)));
    let other = Waterfall::start().json("/api/ui/status").await;
    assert_eq!(other.get("honeycomb"), None);
    assert_eq!(
        (&other["endpoints"]["ingest_token_required"], other.get("example_url")),
        (&false.into(), None)
    );
}

#[tokio::test]
async fn the_status_has_the_pages_of_honeycomb_where_a_team_is_set() {
    let waterfall = Waterfall::with(&[
        ("HONEYCOMB_TEAM", "acme"),
        ("HONEYCOMB_ENVIRONMENT", "test"),
        ("HONEYCOMB_API_ENDPOINT", "https://api.eu1.honeycomb.io"),
    ]);
    let status = waterfall.json("/api/ui/status").await;
    assert_eq!(status["honeycomb"], "https://ui.eu1.honeycomb.io/acme/environments/test");
}
