//! Every endpoint of the gateway yields one linked trace, also for errors, and continues the caller's trace.

use serde_json::{Value, json};
use testkit::{Sink, TraceResponse};

use crate::system::{HOME, SAMPLE, System, traceresponse};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Method, path, body, status, name of the root.
fn requests() -> Vec<(&'static str, String, Option<Value>, u16, &'static str)> {
    let show = format!("/api/activities/{SAMPLE}");
    let post = json!({"message": "Hello", "ttl": "7-days"});
    let reply = json!({"message": "Well said"});
    let profile = json!({"display_name": "Andrew", "bio": "Cloud"});
    vec![
        ("GET", "/".into(), None, 200, "GET /"),
        ("GET", "/openapi.json".into(), None, 200, "GET /openapi.json"),
        ("GET", "/api/health-check".into(), None, 200, "GET /api/health-check"),
        ("GET", HOME.into(), None, 200, "GET /api/activities/home"),
        ("GET", "/api/activities/notifications".into(), None, 200, "GET /api/activities/notifications"),
        ("GET", "/api/activities/search?term=cloud".into(), None, 200, "GET /api/activities/search"),
        ("GET", "/api/activities/@worf".into(), None, 200, "GET /api/activities/@{handle}"),
        ("GET", show.clone(), None, 200, "GET /api/activities/{uuid}"),
        ("POST", "/api/activities".into(), Some(post), 201, "POST /api/activities"),
        ("POST", format!("{show}/reply"), Some(reply), 201, "POST /api/activities/{uuid}/reply"),
        ("POST", format!("{show}/like"), None, 200, "POST /api/activities/{uuid}/like"),
        ("GET", "/api/users/@worf/short".into(), None, 200, "GET /api/users/@{handle}/short"),
        ("POST", "/api/profile/update".into(), Some(profile), 200, "POST /api/profile/update"),
        // Errors.
        ("GET", "/api/activities/search".into(), None, 422, "GET /api/activities/search"),
        ("GET", "/api/activities/@nobody".into(), None, 404, "GET /api/activities/@{handle}"),
        ("GET", "/api/activities/not-a-uuid".into(), None, 422, "GET /api/activities/{uuid}"),
        ("POST", "/api/activities".into(), Some(json!({"message": ""})), 422, "POST /api/activities"),
        ("GET", "/nowhere".into(), None, 404, "GET"),
    ]
}

#[tokio::test]
async fn every_endpoint_yields_one_linked_trace() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    let mut responses = Vec::new();
    for (method, path, body, status, name) in requests() {
        let http_response = system.send(method, &path, body.as_ref()).await;
        let response = TraceResponse::parse(&traceresponse(&http_response));
        let found = http_response.status().as_u16();
        assert_eq!(found, status, "{method} {path}: {}", http_response.text().await.unwrap());
        responses.push((response, name, found));
    }
    system.process.terminate().await;
    for (response, name, status) in responses {
        let trace = sink.trace_now(&response.trace_id);
        trace.assert_one_linked_trace();
        let root = trace.only(&format!("gateway [server] {name}"));
        assert_eq!(root.span_id, response.span_id);
        root.assert("http.response.status_code", status).assert_without("error.type");
        assert_eq!(
            root.status,
            "unset",
            "a 4xx response is no error of the server span:\n{}",
            root.describe()
        );
    }
}

#[tokio::test]
async fn an_incoming_traceparent_is_continued_through_all_services() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    let http_response = system
        .client
        .get(format!("{}{HOME}", system.gateway()))
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .header("tracestate", "vendor=1,other=2")
        .send()
        .await
        .unwrap();
    assert_eq!(TraceResponse::parse(&traceresponse(&http_response)).trace_id, TRACE);
    system.process.terminate().await;
    let trace = sink.trace_now(TRACE);
    trace.assert_one_linked_trace_under(Some(CALLER));
    assert_eq!(trace.spans().len(), 11, "{trace}");
    for span in trace.spans() {
        assert_eq!(span.trace_state, "vendor=1,other=2", "{}", span.describe());
    }
}

#[tokio::test]
async fn an_unsampled_traceparent_yields_no_spans() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    let http_response = system
        .client
        .get(format!("{}{HOME}", system.gateway()))
        .header("traceparent", format!("00-{TRACE}-{CALLER}-00"))
        .send()
        .await
        .unwrap();
    let response = TraceResponse::parse(&traceresponse(&http_response));
    assert_eq!((response.trace_id.as_str(), response.flags & 1), (TRACE, 0));
    system.process.terminate().await;
    assert_eq!(sink.trace_now(TRACE).spans().len(), 0);
}

#[tokio::test]
async fn health_endpoints_are_not_traced() {
    let sink = Sink::start();
    let mut system = System::exporting_to(&sink).await;
    for part in ["gateway", "activities", "users", "waterfall"] {
        for path in ["/health/live", "/health/ready"] {
            let url = format!("{}{path}", system.process.ready(part));
            let http_response = system.client.get(&url).send().await.unwrap();
            assert!(http_response.status().is_success(), "{url}: {}", http_response.status());
        }
    }
    system.process.terminate().await;
    let traced: Vec<String> = sink.spans().iter().map(testkit::Span::label).collect();
    assert!(!traced.iter().any(|label| label.contains("health")), "{traced:?}");
}
