//! Error responses as a page with a way back, for browsers. Other clients get the response as the handler made it.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
};

use crate::{
    accept::prefers_html,
    error_response::{ErrorMessage, error},
    standalone_page::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, document, escape, local_path},
};

/// Middleware that replaces the body of an error response.
pub(crate) async fn for_browsers<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_browser = prefers_html(request.headers());
    let response = next.call(request).await?;
    if !is_error(response.status()) || is_html(response.headers()) {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let response = response.map_into_boxed_body();
    let response = if is_browser {
        let retry = (request.method() == Method::GET)
            .then(|| request.uri().path_and_query().map_or("/", |path| local_path(path.as_str())));
        as_page(response, retry)
    } else {
        with_message_in_body(response, request.method())
    };
    Ok(ServiceResponse::new(request, response))
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// The framework's own responses, such as for a method that a resource lacks, have no body.
fn with_message_in_body(response: HttpResponse, method: &Method) -> HttpResponse {
    let status = response.status();
    if status != StatusCode::METHOD_NOT_ALLOWED || !response.body().size().is_eof() {
        return response;
    }
    let mut with_body = error(status, &format!("this address does not accept {method}"));
    copy_headers(response.headers(), &mut with_body);
    with_body
}

/// The page for an error response, with its status and headers. `retry` is the path of a request that can be repeated.
fn as_page(response: HttpResponse, retry: Option<&str>) -> HttpResponse {
    let status = response.status();
    let message = response
        .extensions()
        .get::<ErrorMessage>()
        .map(|message| message.0.clone())
        .or_else(|| response.error().map(ToString::to_string));
    let page = page(status, message.as_deref(), retry);
    let mut page = response.set_body(BoxBody::new(page));
    let headers = page.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

fn copy_headers(from: &HeaderMap, to: &mut HttpResponse) {
    for (name, value) in from {
        if name != header::CONTENT_TYPE {
            to.headers_mut().append(name.clone(), value.clone());
        }
    }
}

fn page(status: StatusCode, message: Option<&str>, retry: Option<&str>) -> String {
    let (title, explanation) = texts(status);
    let message =
        message.map(|message| format!("    <p>{}</p>\n", escape(&sentence(message)))).unwrap_or_default();
    let retry = retry
        .filter(|_| is_temporary(status))
        .map(|path| format!("<a href=\"{}\">Try again</a>", escape(path)))
        .unwrap_or_default();
    let content = format!(
        "  <article>\n    <h1>{title}</h1>\n{message}    <p>{explanation}</p>\n    \
         <nav aria-label=\"Pages\">{retry}<a href=\"/\">Traces</a><a href=\"/?view=services\">Services</a><a href=\"/doctor\">Doctor</a></nav>\n  \
         </article>"
    );
    document(title, &content)
}

/// Title, and what it means for the reader.
fn texts(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::BAD_REQUEST => {
            ("Invalid request", "Correct the address, or start from one of these pages.")
        }
        StatusCode::UNAUTHORIZED => ("Not signed in", "This address requires a valid token."),
        StatusCode::FORBIDDEN => ("Not allowed", "The server refuses this request."),
        StatusCode::NOT_FOUND => ("Not found", "Nothing is at this address, or not any more."),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("Not a page", "This address is for programs. A browser cannot open it as a page.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("Too large", "The request is larger than the server accepts."),
        StatusCode::TOO_MANY_REQUESTS => ("Too many requests", "Wait a moment, then try again."),
        StatusCode::SERVICE_UNAVAILABLE => ("Server busy", "Wait a moment, then try again."),
        status if status.is_server_error() => ("Server error", "The server could not answer this request."),
        _ => ("Request refused", "The server cannot answer this request."),
    }
}

const fn is_temporary(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

/// An error message with a capital letter and a full stop.
fn sentence(message: &str) -> String {
    let message = message.trim_end_matches(['.', '\n']);
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_add_markup_or_links_to_another_origin() {
        let page =
            page(StatusCode::SERVICE_UNAVAILABLE, Some("<script>{style}\"</script>"), Some("/a?\"<b>"));
        assert!(page.contains("&lt;script&gt;{style}&quot;&lt;/script&gt;."), "{page}");
        assert!(page.contains("<a href=\"/a?&quot;&lt;b&gt;\">Try again</a>"), "{page}");
    }

    #[test]
    fn only_temporary_errors_offer_to_try_again() {
        for (status, offered) in
            [(404, false), (400, false), (405, false), (500, false), (429, true), (503, true)]
        {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(page(status, None, Some("/x")).contains("Try again"), offered, "{status}");
        }
    }

    #[test]
    fn messages_become_sentences() {
        for (message, expected) in
            [("unknown path /a", "Unknown path /a."), ("No.", "No."), ("", ""), ("é\n", "É.")]
        {
            assert_eq!(sentence(message), expected);
        }
    }
}
