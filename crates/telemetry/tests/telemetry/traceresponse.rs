//! Responses that carry `traceresponse`, for each policy.

use actix_web::{App, HttpResponse, test, web};
use telemetry::server::{TraceResponse, Tracing};

use crate::app::harness;

/// The `traceresponse` of responses to four requests under this policy.
///
/// The requests have no `traceparent`, an invalid one, a sampled one and an unsampled one.
async fn traceresponses(traceresponse: TraceResponse) -> [Option<String>; 4] {
    harness();
    let tracing = Tracing::new().traceresponse(traceresponse);
    let app = test::init_service(App::new().wrap(tracing).route("/", web::get().to(HttpResponse::Ok))).await;
    let respond = async |traceparent: Option<&str>| {
        let headers = traceparent.map(|value| ("traceparent", value));
        let request = headers.into_iter().fold(test::TestRequest::get(), test::TestRequest::insert_header);
        let response = test::call_service(&app, request.to_request()).await;
        response.headers().get("traceresponse").map(|value| value.to_str().expect("text").to_owned())
    };
    [
        respond(None).await,
        respond(Some("00-no-trace-01")).await,
        respond(Some("00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).await,
        respond(Some("00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")).await,
    ]
}

#[actix_web::test]
async fn traceresponse_follows_the_configured_policy() {
    let present = async |traceresponse| traceresponses(traceresponse).await.map(|value| value.is_some());
    assert_eq!(present(TraceResponse::Always).await, [true; 4]);
    assert_eq!(present(TraceResponse::Recorded).await, [true, true, true, false]);
    assert_eq!(present(TraceResponse::NewTraces).await, [true, true, false, false]);
    assert_eq!(present(TraceResponse::default()).await, [false; 4]);
}

#[actix_web::test]
async fn traceresponse_of_an_unsampled_trace_has_the_sampled_flag_unset() {
    let [.., sampled, unsampled] = traceresponses(TraceResponse::Always).await;
    let flags = |value: Option<String>| value.and_then(|value| value.rsplit('-').next().map(str::to_owned));
    assert_eq!((flags(sampled).as_deref(), flags(unsampled).as_deref()), (Some("01"), Some("00")));
}
