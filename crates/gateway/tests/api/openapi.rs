//! The `OpenAPI` document matches what the gateway serves.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use testkit::assert_matches_schema;

use crate::fixture::{SAMPLE_ACTIVITY, TestApp, send};

/// The operations of every path, by method.
fn paths(document: &Value) -> &Map<String, Value> {
    document["paths"].as_object().expect("a document has paths")
}

/// Replaces the parameters of a path template by values.
fn fill_parameters(path: &str) -> String {
    path.replace("{handle}", "worf").replace("{uuid}", SAMPLE_ACTIVITY)
}

#[tokio::test]
async fn every_documented_path_serves_exactly_the_documented_methods() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await;
    assert_eq!((document.status, document.header("content-type")), (200, "application/json"));
    assert_eq!(paths(&document.json).len(), 14);
    for (path, item) in paths(&document.json) {
        let documented: BTreeSet<String> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        let response = send(app.request("DELETE", &fill_parameters(path))).await;
        assert_eq!((response.status, response.code()), (405, "method_not_allowed"), "{path}");
        // HEAD goes with GET, and no document lists it.
        let methods = response.header("allow").split(", ").filter(|method| *method != "HEAD");
        let served: BTreeSet<String> = methods.map(str::to_owned).collect();
        assert_eq!(documented, served, "{path}");
        for method in documented {
            let status = send(app.request(&method, &fill_parameters(path))).await.status;
            assert!(!matches!(status, 404 | 405), "{method} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn every_operation_has_a_unique_id_and_problem_responses_by_status() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.json;
    let mut names = BTreeSet::new();
    for (path, item) in paths(&document) {
        for operation in item.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(names.insert(name), "{path}: {name} twice");
            assert!(operation["summary"].is_string(), "{path}");
            let responses = operation["responses"].as_object().unwrap();
            for (status, response) in responses {
                assert!(response["headers"]["traceresponse"].is_object(), "{path} {status}");
            }
            assert!(responses.contains_key("500") && !responses.contains_key("default"), "{path}");
            for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
                let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(problem, "#/components/schemas/Problem", "{path} {status}");
            }
        }
    }
}

#[tokio::test]
async fn every_reference_resolves() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.json;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let found = document.pointer(reference.trim_start_matches('#'));
        assert!(found.is_some(), "{reference}");
    }
}

fn collect<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| collect(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}

#[tokio::test]
async fn responses_match_their_schemas() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.json;
    for (path, schema) in [
        ("/api/activities/home".to_owned(), "Feed"),
        ("/api/activities/notifications".to_owned(), "Notifications"),
        ("/api/activities/search?term=x".to_owned(), "Page"),
        ("/api/activities/@worf".to_owned(), "ProfilePage"),
        (format!("/api/activities/{SAMPLE_ACTIVITY}"), "Activity"),
        ("/api/users/@worf/short".to_owned(), "ShortUser"),
        ("/api/health-check".to_owned(), "Health"),
        ("/".to_owned(), "Welcome"),
        ("/api/activities/".to_owned(), "Problem"),
    ] {
        let response = app.get(&path).await.json;
        assert_matches_schema(&document, schema, &response);
    }
}
