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

#[test]
fn names_with_ids_are_noted_and_numbered_steps_that_recur_are_not() {
    let works = |name: fn(u32, u32) -> String| {
        let names: Vec<(u32, String)> =
            (1..5).flat_map(|trace| (1..8).map(move |step| (trace, name(trace, step)))).collect();
        let steps = names.iter().enumerate().map(|(id, (trace, name))| Planted {
            name,
            ..span("etl", *trace, 10 + u32::try_from(id).unwrap(), 1, INTERNAL)
        });
        let roots = (1..5).map(|trace| Planted { name: "run", ..span("etl", trace, 1, 0, INTERNAL) });
        let planted: Vec<Planted<'_>> = roots.chain(steps).collect();
        let one_trace: Vec<Planted<'_>> = planted.iter().filter(|span| span.trace == 1).cloned().collect();
        [findings(&planted), findings(&one_trace)]
    };
    let [several, one] = works(|trace, step| format!("load order {}", trace * 10 + step));
    assert_eq!(codes(&several), [("ids-in-span-names", "likely")]);
    assert_eq!(several[0].hop.route.as_deref(), Some("load order #"));
    // One trace does not show whether the names recur.
    assert_eq!(codes(&one), []);
    let [several, one] = works(|_, step| format!("step {step}"));
    assert_eq!((codes(&several), codes(&one)), (vec![], vec![]));
}
