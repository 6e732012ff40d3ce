//! What the page is told of one span: totals beside what is capped, differences from its siblings, and texts of failures.

use opentelemetry_proto::tonic::{
    common::v1::any_value::Value,
    trace::v1::{Span, Status, span::Event},
};
use serde_json::json;

use crate::{
    process::Waterfall,
    spans::{attribute, failed, of_service, request, span, span_hex, text, trace_hex},
};

async fn details(waterfall: &Waterfall, id: u64) -> serde_json::Value {
    waterfall.json(&format!("/api/ui/traces/{}/spans/{}", trace_hex(7), span_hex(id))).await
}

#[tokio::test]
async fn a_span_with_too_many_events_reports_the_total() {
    let waterfall = Waterfall::start();
    let event = |n: u64| Event { name: format!("lookup {n}"), time_unix_nano: n, ..Event::default() };
    let busy = Span { events: (0..20_500).map(event).collect(), ..span(7, 1, 0, "import") };
    waterfall.export(&request(vec![of_service("importer", vec![busy])])).await;
    let details = details(&waterfall, 1).await;
    assert_eq!((&details["event_count"], &details["more"]), (&json!(20_500), &json!(true)));
    assert_eq!(details["events"].as_array().unwrap().len(), 20_000);
}

#[tokio::test]
async fn a_span_is_compared_with_siblings_of_its_name_and_service() {
    let waterfall = Waterfall::start();
    let tile = |id: u64, tier: Option<&str>| Span {
        attributes: tier
            .map(|tier| text("tier", tier))
            .into_iter()
            .chain([text("key", &format!("k{id}")), attribute("zoom", Value::IntValue(3))])
            .chain((id == 4).then(|| text("retry", "yes")))
            .collect(),
        ..span(7, id, 1, "tile")
    };
    let mut spans = vec![span(7, 1, 0, "map"), span(7, 2, 1, "other")];
    spans.extend([
        tile(3, Some("fast")),
        tile(4, Some("slow")),
        tile(5, Some("fast")),
        tile(6, Some("fast")),
    ]);
    spans.push(tile(7, None));
    waterfall.export(&request(vec![of_service("tiles", spans), of_service("b", vec![tile(8, None)])])).await;
    // `key` differs everywhere and says nothing; the span of another service is no sibling.
    assert_eq!(
        details(&waterfall, 4).await["siblings"],
        json!({"compared": 4, "differences": [
            {"key": "retry", "usual": null, "shared_by": 4},
            {"key": "tier", "usual": {"type": "string", "value": "fast"}, "shared_by": 3},
        ]})
    );
    let lacking = details(&waterfall, 7).await;
    assert_eq!(lacking["siblings"]["differences"][0]["key"], "tier");
    assert_eq!(details(&waterfall, 3).await["siblings"]["differences"], json!([]));
    assert_eq!(details(&waterfall, 2).await["siblings"], json!(null));
}

#[tokio::test]
async fn a_row_has_its_message_and_whom_it_called() {
    let waterfall = Waterfall::start();
    let call = Span {
        kind: 3,
        attributes: vec![
            text("server.address", "payments"),
            attribute("server.port", Value::IntValue(8080)),
            attribute("http.response.status_code", Value::IntValue(503)),
        ],
        ..failed(span(7, 2, 1, "POST"), "no answer")
    };
    let thrown = |message: &str| Event {
        name: "exception".into(),
        attributes: vec![text("exception.message", message)],
        ..Event::default()
    };
    let without_message = Span {
        status: Some(Status { code: 2, message: String::new() }),
        events: vec![thrown("first"), thrown("pool is empty")],
        ..span(7, 3, 1, "acquire")
    };
    let well = Span { attributes: call.attributes.clone(), kind: 3, ..span(7, 4, 1, "GET") };
    waterfall
        .export(&request(vec![of_service("shop", vec![span(7, 1, 0, "buy"), call, without_message, well])]))
        .await;
    let trace = waterfall.json(&format!("/api/ui/traces/{}", trace_hex(7))).await;
    let text = |row: usize| {
        let row = &trace["rows"][row];
        let peer = row["peer"]
            .as_u64()
            .and_then(|peer| trace["peers"][usize::try_from(peer).unwrap()]["name"].as_str());
        (row["note"].as_str(), row["message"].as_str(), peer)
    };
    assert_eq!(text(1), (Some("503"), Some("no answer"), Some("payments:8080")));
    assert_eq!(text(2), (None, Some("pool is empty"), None));
    assert_eq!(text(3), (Some("503"), None, Some("payments:8080")));
}
