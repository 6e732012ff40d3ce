//! Which answers tell their trace.

use actix_web::{App, HttpResponse, test, web};
use telemetry::server::{TraceResponse, Tracing};

use crate::app::harness;

/// What a service that was told to answer so says to whoever brings nothing, no trace, a recorded and an unrecorded one.
async fn told(traceresponse: TraceResponse) -> [Option<String>; 4] {
    harness();
    let tracing = Tracing::new().traceresponse(traceresponse);
    let app = test::init_service(App::new().wrap(tracing).route("/", web::get().to(HttpResponse::Ok))).await;
    let answer = async |traceparent: Option<&str>| {
        let headers = traceparent.map(|value| ("traceparent", value));
        let request = headers.into_iter().fold(test::TestRequest::get(), test::TestRequest::insert_header);
        let answer = test::call_service(&app, request.to_request()).await;
        answer.headers().get("traceresponse").map(|value| value.to_str().expect("text").to_owned())
    };
    [
        answer(None).await,
        answer(Some("00-no-trace-01")).await,
        answer(Some("00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")).await,
        answer(Some("00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")).await,
    ]
}

#[actix_web::test]
async fn an_answer_tells_where_a_recorded_trace_is_to_be_found() {
    let tells = async |traceresponse| told(traceresponse).await.map(|value| value.is_some());
    assert_eq!(tells(TraceResponse::Always).await, [true; 4]);
    assert_eq!(tells(TraceResponse::default()).await, [true, true, true, false]);
    assert_eq!(tells(TraceResponse::NewTraces).await, [true, true, false, false]);
}

#[actix_web::test]
async fn an_answer_that_tells_an_unrecorded_trace_says_that_it_is_one() {
    let [.., recorded, unrecorded] = told(TraceResponse::Always).await;
    let flags = |value: Option<String>| value.and_then(|value| value.rsplit('-').next().map(str::to_owned));
    assert_eq!((flags(recorded).as_deref(), flags(unrecorded).as_deref()), (Some("01"), Some("00")));
}
