//! Errors of handlers, extractors and middlewares: why they failed is on the span.

use std::io;

use actix_web::error::{ErrorBadGateway, ErrorInternalServerError, ErrorNotFound};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, ResponseError, Result};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use serde::Deserialize;

use crate::app::harness;
use crate::sink::{Span, event_text};

/// An error that the application has made known to `Tracing`.
#[derive(Debug, thiserror::Error)]
#[error("cannot load the feed")]
pub(crate) struct FeedError(#[source] io::Error);

impl ResponseError for FeedError {}

/// An error whose type actix erases.
#[derive(Debug, thiserror::Error)]
#[error("cannot load the page")]
struct PageError(#[source] io::Error);

impl ResponseError for PageError {}

#[derive(Deserialize)]
struct Post {
    id: u64,
}

pub(crate) fn routes(app: &mut ServiceConfig) {
    app.route("/errors/text", web::get().to(async || text()))
        .route("/errors/io", web::get().to(async || Err::<HttpResponse, _>(full())))
        .route("/errors/feed", web::get().to(async || Err::<HttpResponse, _>(FeedError(full()))))
        .route("/errors/page", web::get().to(async || Err::<HttpResponse, _>(PageError(full()))))
        .route("/errors/boxed", web::get().to(async || boxed()))
        .route("/errors/secret", web::get().to(async || secret()))
        .route("/errors/long", web::get().to(async || long()))
        .route("/errors/absent", web::get().to(async || absent()))
        .route("/errors/post", web::post().to(async |post: web::Json<Post>| post.id.to_string()));
}

fn full() -> io::Error {
    io::Error::other("the disk is full")
}

fn text() -> Result<HttpResponse> {
    Err(ErrorInternalServerError("db is gone"))
}

fn boxed() -> Result<HttpResponse> {
    let error: Box<dyn std::error::Error> = Box::new(FeedError(full()));
    Err(error.into())
}

fn secret() -> Result<HttpResponse> {
    Err(ErrorBadGateway("cannot reach https://me:pw@a.example/p?token=abc"))
}

fn long() -> Result<HttpResponse> {
    Err(ErrorInternalServerError("long".repeat(100_000)))
}

fn absent() -> Result<HttpResponse> {
    Err(ErrorNotFound("no post 7"))
}

/// The span of a request, whose response has this status.
async fn span_of(request: reqwest::RequestBuilder, status: u16) -> Span {
    let response = request.send().await.expect("a response");
    assert_eq!(response.status(), status);
    let value = response.headers()["traceresponse"].to_str().expect("text").to_owned();
    let spans = harness().sink.trace(&value[3..35], 1).await;
    spans.into_iter().next().expect("a span")
}

async fn get(path: &str, status: u16) -> Span {
    span_of(reqwest::Client::new().get(format!("{}{path}", harness().url)), status).await
}

/// The only exception of a span: its type and message.
#[track_caller]
fn exception(span: &Span) -> (String, String) {
    let is_exception = |event: &&Event| event.name == "exception";
    assert_eq!(span.events.iter().filter(is_exception).count(), 1, "{span:#?}");
    assert_eq!(span.events.len(), 1, "the error is recorded once: {span:#?}");
    let text = |key| event_text(&span.events[0], key).expect(key);
    (text("exception.type"), text("exception.message"))
}

/// Asserts that an error is the exception of its span and, as a server error, its status.
#[track_caller]
fn assert_failed(span: &Span, kind: &str, message: &str) {
    assert_eq!(exception(span), (kind.to_owned(), message.to_owned()));
    assert_eq!((span.status, &*span.status_message), (2, message));
}

#[actix_web::test]
async fn a_handlers_error_is_an_exception_and_the_status_of_the_server_span() {
    let span = get("/errors/text", 500).await;
    assert_failed(&span, "actix_web::Error", "db is gone");
    // The conventions ask for the status of a response that was sent.
    assert_eq!(span.text("error.type"), Some("500"));
    assert_eq!(span.name, "GET /errors/text");
    let event = &span.events[0];
    assert_eq!(event_text(event, "http.route").as_deref(), Some("/errors/text"));
    assert_eq!(event_text(event, "http.request.method").as_deref(), Some("GET"));
}

#[actix_web::test]
async fn an_error_of_a_known_type_has_its_type_and_its_sources() {
    let span = get("/errors/io", 500).await;
    assert_failed(&span, "std::io::error::Error", "the disk is full");
    let span = get("/errors/feed", 500).await;
    let kind = std::any::type_name::<FeedError>();
    assert_failed(&span, kind, "cannot load the feed: the disk is full");
    let span = get("/errors/boxed", 500).await;
    assert_failed(&span, "actix_web::Error", "cannot load the feed: the disk is full");
}

#[actix_web::test]
async fn an_error_of_an_erased_type_has_its_text() {
    let span = get("/errors/page", 500).await;
    assert_failed(&span, "actix_web::Error", "cannot load the page");
}

#[actix_web::test]
async fn an_error_of_a_middleware_is_an_exception() {
    let span = get("/refused", 503).await;
    assert_failed(&span, "actix_web::Error", "not now");
    assert_eq!(event_text(&span.events[0], "http.route").as_deref(), Some("/refused"));
}

#[actix_web::test]
async fn a_rejected_request_is_an_exception_and_no_failure_of_the_server() {
    let span = get("/errors/absent", 404).await;
    assert_eq!(exception(&span), ("actix_web::Error".to_owned(), "no post 7".to_owned()));
    assert_eq!((span.status, span.text("error.type")), (0, None));
    let url = format!("{}/errors/post", harness().url);
    let request = reqwest::Client::new().post(url).header("content-type", "application/json").body("{");
    let span = span_of(request, 400).await;
    let (kind, message) = exception(&span);
    assert!(kind.ends_with("JsonPayloadError"), "{kind}");
    assert!(message.contains("EOF while parsing"), "{message}");
    assert_eq!((span.status, span.text("error.type")), (0, None));
}

#[actix_web::test]
async fn the_message_of_an_error_is_bounded_and_without_secrets() {
    let span = get("/errors/secret", 502).await;
    assert_failed(&span, "actix_web::Error", "cannot reach https://REDACTED@a.example/p?token=REDACTED");
    let span = get("/errors/long", 500).await;
    assert_eq!((exception(&span).1.len(), span.status_message.len()), (4096, 4096));
}
