//! Planted attributes, statuses and exceptions that the semantic conventions forbid.

use serde_json::json;

use crate::plant::{CLIENT, INTERNAL, Planted, call, codes, findings, span};

fn calls<'a>() -> Vec<Planted<'a>> {
    (1..5).flat_map(|number| call(number, 2)).collect()
}

#[test]
fn a_required_attribute_that_is_missing_is_noted_by_its_key() {
    for (service, key) in
        [("web", "server.address"), ("shop", "url.scheme"), ("shop", "url.path"), ("web", "url.full")]
    {
        let mut spans = calls();
        for span in spans.iter_mut().filter(|span| span.service == service) {
            span.attributes.as_object_mut().unwrap().remove(key);
        }
        let findings = findings(&spans);
        assert_eq!(codes(&findings), [("attribute-missing", "certain")], "{key}");
        assert_eq!(findings[0].hop.route.as_deref(), Some(key));
    }
}

#[test]
fn the_conventions_of_before_require_less() {
    let mut spans = calls();
    for span in &mut spans {
        span.attributes = match (span.kind, span.service) {
            (CLIENT, _) => json!({ "http.method": "GET", "http.url": "http://shop:80/price" }),
            (_, "shop") => json!({ "http.method": "GET", "http.target": "/price", "http.scheme": "http" }),
            _ => json!({}),
        };
    }
    assert_eq!(codes(&findings(&spans)), []);
}

/// As AWS's SDKs record their calls: a database, a queue or a remote procedure over HTTP.
#[test]
fn a_status_of_http_requires_no_method_of_a_span_of_another_protocol() {
    for (key, value) in [
        ("rpc.system", "aws-api"),
        ("rpc.system.name", "grpc"),
        ("db.system", "dynamodb"),
        ("db.system.name", "elasticsearch"),
        ("messaging.system", "aws_sqs"),
    ] {
        let mut spans = calls();
        spans.extend((1..5).map(|number| Planted {
            attributes: json!({ key: value, "http.status_code": 200 }),
            ..span("web", number, 9, 1, CLIENT)
        }));
        assert_eq!(codes(&findings(&spans)), [], "{key}");
        for span in spans.iter_mut().filter(|span| span.id == 9) {
            span.attributes.as_object_mut().unwrap().remove(key);
        }
        let findings = findings(&spans);
        assert_eq!(codes(&findings), [("attribute-missing", "certain")], "{key}");
        assert_eq!(findings[0].hop.route.as_deref(), Some("http.request.method"));
    }
}

#[test]
fn a_status_code_that_is_a_text_is_noted() {
    let mut spans = calls();
    for span in spans.iter_mut().filter(|span| span.kind == CLIENT) {
        span.attributes["http.response.status_code"] = json!("200");
    }
    let findings = findings(&spans);
    assert_eq!(codes(&findings), [("attribute-of-wrong-type", "certain")]);
    assert_eq!(findings[0].hop.route.as_deref(), Some("http.response.status_code"));
}

#[test]
fn a_failed_request_without_status_error_is_noted() {
    let mut spans = calls();
    for span in spans.iter_mut().filter(|span| span.kind == CLIENT) {
        span.attributes["http.response.status_code"] = json!(503);
    }
    assert_eq!(codes(&findings(&spans)), [("status-not-error", "certain")]);
    for span in spans.iter_mut().filter(|span| span.kind == CLIENT) {
        span.is_error = true;
    }
    assert_eq!(codes(&findings(&spans)), []);
}

/// Four traces whose work fails with an event, and four without one.
#[test]
fn an_exception_without_an_event_is_noted_where_the_service_records_others() {
    let works = |has_habit: bool| {
        let works = (1..9).map(|number| Planted {
            name: if number < 5 { "load" } else { "store" },
            is_error: true,
            has_exception: has_habit && number < 5,
            attributes: json!({ "error.type": "java.io.IOException" }),
            ..span("shop", number, 1, 0, INTERNAL)
        });
        works.collect::<Vec<Planted<'_>>>()
    };
    let findings_of_habit = findings(&works(true));
    assert_eq!(codes(&findings_of_habit), [("exception-not-recorded", "cannot be told apart")]);
    assert_eq!(findings_of_habit[0].hop.route.as_deref(), Some("store"));
    assert_eq!(codes(&findings(&works(false))), []);
}
