//! Search over the attributes of one trace: `GET /api/ui/traces/{id}/find`.

use opentelemetry_proto::tonic::{
    common::v1::{ArrayValue, any_value::Value},
    trace::v1::{Span, span::Event},
};
use serde_json::{Value as Json, json};

use crate::{
    process::Waterfall,
    spans::{attribute, failed, of_service, request, span, span_hex, text, trace_hex},
};

async fn filled() -> Waterfall {
    let tags = ["red", "Blue"].map(|tag| opentelemetry_proto::tonic::common::v1::AnyValue {
        value: Some(Value::StringValue(tag.into())),
    });
    let root = Span {
        attributes: vec![
            text("http.route", "/Home"),
            attribute("http.response.status_code", Value::IntValue(503)),
            attribute("app.tags", Value::ArrayValue(ArrayValue { values: tags.into() })),
        ],
        ..span(7, 1, 0, "GET /home")
    };
    let query = Span {
        attributes: vec![text("db.query.text", "SELECT handle FROM users")],
        events: vec![Event {
            name: "exception".into(),
            attributes: vec![text("exception.type", "Timeout")],
            ..Event::default()
        }],
        ..failed(span(7, 2, 1, "SELECT"), "connection refused")
    };
    let waterfall = Waterfall::start();
    waterfall
        .export(&request(vec![of_service("gateway", vec![root]), of_service("users", vec![query])]))
        .await;
    waterfall
}

fn path(query: &str) -> String {
    format!("/api/ui/traces/{}/find?{query}", trace_hex(7))
}

#[tokio::test]
async fn attributes_of_spans_resources_events_and_status_are_searched() {
    let waterfall = filled().await;
    for (query, expected) in [
        ("field=http.route&operator=%3D&value=/home", vec![1]),
        ("field=http.route&operator=%3D&value=/hom", vec![]),
        ("field=http.route&operator=~&value=HOM", vec![1]),
        ("field=http.response.status_code&operator=%3E%3D&value=500", vec![1]),
        ("field=http.response.status_code&operator=%3C&value=500", vec![]),
        ("field=app.tags&operator=%3D&value=blue", vec![1]),
        ("field=service.name&operator=%3D&value=users", vec![2]),
        ("field=exception.type&operator=%3D&value=timeout", vec![2]),
        ("field=event&operator=%3D&value=exception", vec![2]),
        ("field=status.message&operator=~&value=refused", vec![2]),
        ("operator=~&value=handle", vec![2]),
        ("field=no.such&operator=%3D&value=1", vec![]),
    ] {
        let found = waterfall.json(&path(query)).await;
        let expected: Vec<Json> = expected.into_iter().map(|id| json!(span_hex(id))).collect();
        assert_eq!(found["spans"], json!(expected), "{query}");
    }
}

#[tokio::test]
async fn a_condition_that_cannot_be_evaluated_is_refused() {
    let waterfall = filled().await;
    let long = format!("operator=~&value={}", "x".repeat(2_000));
    for query in ["", "operator=like&value=a", "operator=%3E&value=many", &long] {
        assert_eq!(waterfall.get(&path(query)).await.status(), 400, "{query}");
    }
    let unknown = format!("/api/ui/traces/{}/find?operator=~&value=a", trace_hex(9));
    assert_eq!(waterfall.get(&unknown).await.status(), 404);
}
