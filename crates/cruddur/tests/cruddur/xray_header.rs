//! `X-Amzn-Trace-Id` in and out: requests as a load balancer and as Lambda send them, through the real services.

use serde_json::json;
use testkit::{MockResponse, MockServer, Process, Sink, TraceResponse};

use crate::system::{HOME, System, traceresponse, up};

const PROPAGATORS: &str = "tracecontext,baggage,xray";

/// The header that an Application Load Balancer adds to a request without one, behind another load balancer.
const OF_LOAD_BALANCER: &str =
    "Self=1-67891234-12456789abcdef012345678a;Root=1-67891233-abcdef012345678912345678";
const TRACE_OF_LOAD_BALANCER: &str = "67891233abcdef012345678912345678";

/// The header of a Lambda function's call; `{}` is the sampling decision.
const OF_LAMBDA: &str =
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={};Lineage=1:a87bd80c:0";
const TRACE_OF_LAMBDA: &str = "5759e988bd862e3fe1be46a994272793";
const SPAN_OF_LAMBDA: &str = "53995c3f42cd8ad8";

/// The home feed of a whole system, requested with this header.
async fn home_feed(header: &str) -> (TraceResponse, Sink) {
    let sink = Sink::start();
    let mut system = System::of(up().exporting_to(&sink).env("OTEL_PROPAGATORS", PROPAGATORS)).await;
    system.get(HOME).await;
    let request = system.client.get(format!("{}{HOME}", system.gateway())).header("x-amzn-trace-id", header);
    let response = TraceResponse::parse(&traceresponse(&request.send().await.unwrap()));
    assert!(system.process.terminate().await.status.success());
    (response, sink)
}

#[tokio::test]
async fn a_load_balancers_trace_id_is_that_of_all_services_and_the_gateway_is_its_root() {
    let (response, sink) = home_feed(OF_LOAD_BALANCER).await;
    assert_eq!((response.trace_id.as_str(), response.flags & 1), (TRACE_OF_LOAD_BALANCER, 1));
    let trace = sink.trace_now(TRACE_OF_LOAD_BALANCER);
    trace.assert_one_linked_trace();
    assert_eq!(trace.spans().len(), 11);
    let root = trace.only("gateway [server] GET /api/activities/home");
    assert_eq!(root.parent, None, "a load balancer has no span");
}

#[tokio::test]
async fn lambdas_span_is_the_parent_of_the_gateways() {
    let (response, sink) = home_feed(&OF_LAMBDA.replace("{}", "1")).await;
    assert_eq!((response.trace_id.as_str(), response.flags & 1), (TRACE_OF_LAMBDA, 1));
    let trace = sink.trace_now(TRACE_OF_LAMBDA);
    assert_eq!(trace.spans().len(), 11);
    let first = trace.only("gateway [server] GET /api/activities/home");
    assert_eq!(first.parent.as_deref(), Some(SPAN_OF_LAMBDA));
    assert_eq!(first.flags & 0x300, 0x300, "the parent is remote");
    for span in trace.spans().iter().filter(|span| span.span_id != first.span_id) {
        assert!(
            trace.spans().iter().any(|other| Some(&other.span_id) == span.parent.as_ref()),
            "{}",
            span.describe()
        );
    }
}

#[tokio::test]
async fn what_lambda_does_not_sample_no_service_records() {
    let (response, sink) = home_feed(&OF_LAMBDA.replace("{}", "0")).await;
    assert_eq!((response.trace_id.as_str(), response.flags & 1), (TRACE_OF_LAMBDA, 0));
    assert!(sink.spans().iter().all(|span| span.trace_id != TRACE_OF_LAMBDA));
}

#[tokio::test]
async fn calls_leave_with_the_ids_of_their_own_span_the_decision_and_lambdas_lineage() {
    let sink = Sink::start();
    let user = json!({"uuid": "u", "handle": "worf", "display_name": "Worf"});
    let users = MockServer::start(move |_| MockResponse::json(200, &user));
    let gateway = Process::builder("gateway", env!("CARGO_BIN_EXE_cruddur")).arg("part").arg("gateway");
    let gateway =
        gateway.exporting_to(&sink).env("USERS_URL", users.url()).env("OTEL_PROPAGATORS", PROPAGATORS);
    let mut gateway = gateway.start().await;
    let url = format!("{}/api/users/@worf/short", gateway.url());
    for header in [OF_LOAD_BALANCER, &OF_LAMBDA.replace("{}", "1"), &OF_LAMBDA.replace("{}", "0")] {
        reqwest::Client::new().get(&url).header("x-amzn-trace-id", header).send().await.unwrap();
    }
    assert!(gateway.terminate().await.status.success());
    let requests = users.requests();
    let [behind_load_balancer, sampled, unsampled] = &requests[..] else {
        panic!("{} calls", requests.len())
    };

    let call = |trace_id: &str| sink.trace_now(trace_id).only("gateway [client] GET").span_id.clone();
    let span = call(TRACE_OF_LOAD_BALANCER);
    let expected = format!("Root=1-67891233-abcdef012345678912345678;Parent={span};Sampled=1");
    assert_eq!(behind_load_balancer.header("x-amzn-trace-id"), Some(expected.as_str()));

    let span = call(TRACE_OF_LAMBDA);
    let root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    let expected = format!("{root};Parent={span};Sampled=1;Lineage=1:a87bd80c:0");
    assert_eq!(sampled.header("x-amzn-trace-id"), Some(expected.as_str()));
    let expected = format!("00-{TRACE_OF_LAMBDA}-{span}-01");
    assert_eq!(sampled.header("traceparent"), Some(expected.as_str()), "in both formats the same");

    let header = unsampled.header("x-amzn-trace-id").expect("a header");
    assert!(header.starts_with(root) && header.ends_with(";Sampled=0;Lineage=1:a87bd80c:0"), "{header}");
    assert!(!header.contains(SPAN_OF_LAMBDA), "an unsampled span has an id of its own: {header}");
}
