//! The middleware within other middlewares and spans: several make one server span, and a span around them is its parent.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, error, test, web};
use telemetry::server::{TraceResponse, Tracing};
use telemetry::testing::{self, FinishedSpan, FinishedSpans, Status};
use tracing::{Instrument, info_span};
use tracing_actix_web::{RootSpan, TracingLogger};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn fails() -> Result<&'static str, error::Error> {
    Err(error::ErrorInternalServerError("the disk is full"))
}

fn tracing() -> Tracing {
    Tracing::new().traceresponse(TraceResponse::Recorded)
}

/// An application with a middleware on itself and one on its scope.
macro_rules! application {
    ($outer:expr) => {
        test::init_service(
            App::new().wrap($outer).service(
                web::scope("/scope")
                    .wrap(tracing().untraced("/scope/quiet"))
                    .route(
                        "/users/{id}",
                        web::get().to(async |span: RootSpan| span.is_disabled().to_string()),
                    )
                    .route("/empty", web::get().to(HttpResponse::NoContent))
                    .route("/fails", web::get().to(fails))
                    .route("/panics", web::get().to(panics))
                    .route("/refused", web::get().to(HttpResponse::Ok).wrap(from_fn(refuse))),
            ),
        )
        .await
    };
}

async fn refuse(
    _: actix_web::dev::ServiceRequest,
    _: actix_web::middleware::Next<actix_web::body::BoxBody>,
) -> Result<ServiceResponse, error::Error> {
    Err(error::ErrorServiceUnavailable("not now"))
}

async fn panics() -> HttpResponse {
    panic!("as asked")
}

/// Requests each path of the application. Returns the spans, and the headers of the last response.
macro_rules! request {
    ($outer:expr, $path:expr) => {{
        let (subscriber, spans) = testing::subscriber();
        let _guard = tracing::subscriber::set_default(subscriber);
        let app = application!($outer);
        let request = test::TestRequest::get().uri($path).to_request();
        let headers = match test::try_call_service(&app, request).await {
            Ok(response) => {
                let headers = response.headers().clone();
                test::read_body(response).await;
                headers
            }
            Err(error) => error.error_response().headers().clone(),
        };
        (spans, headers)
    }};
}

fn server_span(spans: &FinishedSpans) -> FinishedSpan {
    let mut all = spans.all();
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[actix_web::test]
async fn a_middleware_on_the_application_and_one_on_a_scope_make_one_span() {
    let (spans, headers): (FinishedSpans, HeaderMap) = request!(tracing(), "/scope/users/7");
    let span = server_span(&spans);
    assert_eq!((&*span.name, span.kind), ("GET /scope/users/{id}", "server"));
    assert_eq!(span.attributes["http.route"], "/scope/users/{id}");
    assert_eq!(span.attributes["http.response.status_code"], 200);
    assert_eq!(headers.get_all("traceresponse").count(), 1);
    let (spans, _) = request!(tracing(), "/scope/empty");
    assert_eq!(server_span(&spans).attributes["http.response.status_code"], 204);
}

#[actix_web::test]
async fn a_failure_within_two_middlewares_is_recorded_once() {
    for (path, status, cause) in [
        ("/scope/fails", 500, "the disk is full"),
        ("/scope/refused", 503, "not now"),
        ("/scope/panics", 500, "as asked"),
    ] {
        let (spans, _) = request!(tracing(), path);
        let span = server_span(&spans);
        assert_eq!(span.attributes["http.response.status_code"], status, "{span:#?}");
        let exceptions =
            span.events.iter().filter(|event| event.attributes.contains_key("exception.message"));
        assert_eq!(exceptions.count(), 1, "{path}: {span:#?}");
        assert!(format!("{span:?}").contains(cause), "{span:#?}");
        assert!(matches!(span.status, Status::Error(_)), "{span:#?}");
    }
}

#[actix_web::test]
async fn the_outer_middleware_decides_what_is_untraced() {
    let (spans, _) = request!(tracing().untraced_below("/scope"), "/scope/users/7");
    assert!(spans.all().is_empty());
    let (spans, _) = request!(tracing(), "/scope/quiet");
    assert_eq!(server_span(&spans).attributes["url.path"], "/scope/quiet");
}

#[actix_web::test]
async fn the_middleware_completes_the_span_of_tracing_actix_web_around_it() {
    let (spans, headers) = request!(TracingLogger::<telemetry::server::RootSpan>::new(), "/scope/fails");
    let span = server_span(&spans);
    assert_eq!(span.status, Status::Error("the disk is full".to_owned()));
    assert!(headers.contains_key("traceresponse"));
    // The root span of another builder is a span of the application.
    let (spans, _) = request!(TracingLogger::default(), "/scope/users/7");
    let (own, mut others): (Vec<_>, Vec<_>) =
        spans.all().into_iter().partition(|span| span.attributes.contains_key("url.path"));
    let (Ok([server]), Some(around)) = (<[FinishedSpan; 1]>::try_from(own), others.pop()) else {
        panic!("two spans: {:#?}", spans.all())
    };
    assert_eq!((server.trace_id, server.parent_id), (around.trace_id, Some(around.span_id)));
}

#[actix_web::test]
async fn a_span_around_the_middleware_is_its_parent_unless_the_request_names_one() {
    let (subscriber, spans) = testing::subscriber();
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = application!(Tracing::new());
    for headers in [None, Some(("traceparent", PARENT))] {
        let request = test::TestRequest::get().uri("/scope/empty");
        let request = headers.into_iter().fold(request, actix_web::test::TestRequest::insert_header);
        let call = test::call_service(&app, request.to_request());
        drop(call.instrument(info_span!("around")).await);
        let (server, around) = (spans.named("GET /scope/empty"), spans.named("around"));
        if headers.is_some() {
            let remote = (PARENT[3..35].to_owned(), Some(PARENT[36..52].to_owned()));
            assert_eq!((server.trace_id, server.parent_id), remote);
        } else {
            assert_eq!((server.trace_id, server.parent_id), (around.trace_id, Some(around.span_id)));
        }
        spans.clear();
    }
}
