//! Sign-in of browsers: form, session cookie, sign-out, and requests from other sites.

use reqwest::{Response, redirect::Policy};

use crate::{
    process::Waterfall,
    tokens::{READ, bearer, with_tokens},
};

/// A request as a browser sends it. Cookies are not stored, and redirects are not followed.
async fn browser(waterfall: &Waterfall, path: &str, headers: &[(&str, &str)]) -> Response {
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let mut request =
        client.get(format!("{}{path}", waterfall.ready.http)).header("accept", "text/html,*/*;q=0.8");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

pub(crate) async fn sign_in(
    waterfall: &Waterfall,
    token: &str,
    to: &str,
    headers: &[(&str, &str)],
) -> Response {
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let encoded =
        |text: &str| text.replace('%', "%25").replace('&', "%26").replace('=', "%3D").replace('+', "%2B");
    let mut request = client
        .post(format!("{}/sign-in", waterfall.ready.http))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={}&to={}", encoded(token), encoded(to)));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// Name and value of the cookie that a response sets.
fn cookie(response: &Response) -> String {
    let set = response.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_signs_in_and_returns_to_its_page() {
    let waterfall = with_tokens();
    let deep = "/trace/4bf92f3577b34da6a3ce929d0e0e4736?span=00f067aa0ba902b7&view=flame";
    let form = browser(&waterfall, deep, &[]).await;
    assert_eq!(form.status(), 401);
    let policy = form.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("form-action 'self'")
    );
    let html = form.text().await.unwrap();
    assert!(html.contains(&format!("name=\"to\" value=\"{}\"", deep.replace('&', "&amp;"))), "{html}");

    let signed_in = sign_in(&waterfall, READ, deep, &[("origin", &waterfall.ready.http)]).await;
    assert_eq!((signed_in.status().as_u16(), signed_in.headers()["location"].to_str().unwrap()), (303, deep));
    let set = signed_in.headers()["set-cookie"].to_str().unwrap();
    assert!(set.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict"), "{set}");
    assert!(!set.contains(READ), "{set}");

    let cookie = format!("theme=dark; {}", cookie(&signed_in));
    for path in [deep, "/assets/style/base.css", "/api/ui/traces", "/api/stream"] {
        assert_eq!(browser(&waterfall, path, &[("cookie", &cookie)]).await.status(), 200, "{path}");
    }
    let form = browser(&waterfall, "/sign-in?to=/x", &[("cookie", &cookie)]).await;
    assert_eq!((form.status().as_u16(), form.headers()["location"].to_str().unwrap()), (303, "/x"));
}

#[tokio::test]
async fn status_reports_a_sign_in_and_sign_out_is_same_origin_only() {
    let waterfall = with_tokens();
    let cookie = cookie(&sign_in(&waterfall, READ, "/", &[]).await);
    let status = browser(&waterfall, "/api/ui/status", &[("cookie", &cookie)]).await;
    assert_eq!(status.json::<serde_json::Value>().await.unwrap()["signed_in"], true);
    let url = format!("{}/api/ui/status", waterfall.ready.http);
    let status = waterfall.client.get(url).header("authorization", bearer(READ)).send().await.unwrap();
    assert_eq!(status.json::<serde_json::Value>().await.unwrap()["signed_in"], false);

    let url = format!("{}/sign-out", waterfall.ready.http);
    let out = |site: &'static str| waterfall.client.post(&url).header("sec-fetch-site", site).send();
    let elsewhere = out("cross-site").await.unwrap();
    assert_eq!((elsewhere.status().as_u16(), elsewhere.headers().get("set-cookie")), (403, None));
    let out = out("same-origin").await.unwrap();
    assert_eq!(out.status(), 204);
    let name = cookie.split_once('=').unwrap().0;
    assert_eq!(
        out.headers()["set-cookie"].to_str().unwrap(),
        format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
    );
    let open = Waterfall::start();
    let out = open.client.post(format!("{}/sign-out", open.ready.http)).send().await.unwrap();
    assert_eq!((out.status().as_u16(), out.headers().get("set-cookie")), (204, None));
    assert_eq!(open.json("/api/ui/status").await["signed_in"], false);
}

#[tokio::test]
async fn the_cookie_is_secure_on_https_and_valid_for_one_token_only() {
    let waterfall = with_tokens();
    let signed_in = sign_in(&waterfall, READ, "/", &[("origin", "https://traces.example")]).await;
    assert!(signed_in.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
    let cookie = cookie(&signed_in);
    let other = Waterfall::with(&[("WATERFALL_READ_TOKEN", "another-0123456789abcdef")]);
    let (name, session) = cookie.split_once('=').unwrap();
    let forged = format!("{name}=9{session}");
    for (waterfall, cookie) in [(&other, cookie.as_str()), (&waterfall, &forged), (&waterfall, name)] {
        assert_eq!(
            browser(waterfall, "/api/ui/traces", &[("cookie", cookie)]).await.status(),
            401,
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn sign_in_neither_redirects_to_nor_works_from_another_site() {
    let waterfall = with_tokens();
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let response = sign_in(&waterfall, READ, elsewhere, &[]).await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["location"].to_str().unwrap()),
            (303, "/")
        );
    }
    let html =
        browser(&waterfall, "/sign-in?to=/%22%3E%3Cimg%20onerror=x%3E", &[]).await.text().await.unwrap();
    assert!(!html.contains("<img"), "{html}");
    let response = sign_in(&waterfall, READ, "/", &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!((response.status().as_u16(), response.headers().contains_key("set-cookie")), (403, false));
}

#[tokio::test]
async fn a_link_from_another_site_is_requested_again_from_this_origin() {
    let waterfall = with_tokens();
    let html = browser(&waterfall, "/trace/1?a=1&b=2", &[("sec-fetch-site", "cross-site")])
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("http-equiv=\"refresh\" content=\"0; url=/trace/1?a=1&amp;b=2\""), "{html}");
}
