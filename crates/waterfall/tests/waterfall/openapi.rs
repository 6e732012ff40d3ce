//! The `OpenAPI` document matches what the waterfall answers.

use serde_json::{Value, json};
use testkit::assert_matches_schema;

use crate::{
    doctor::{examined, send_calls, send_never_ended},
    process::Waterfall,
    spans::trace_hex,
};

/// The schema of an answer.
fn schema_of<'d>(document: &'d Value, path: &str, status: &str) -> &'d str {
    let schema =
        &document["paths"][path]["get"]["responses"][status]["content"]["application/json"]["schema"];
    schema["$ref"].as_str().unwrap_or_else(|| panic!("{path} {status}")).rsplit('/').next().unwrap()
}

#[tokio::test]
async fn answers_match_their_schemas() {
    let config = tempfile::NamedTempFile::new().unwrap();
    let known = "[[suppress]]\ncode = \"parent-missing\"\nreason = \"known\"\n";
    std::fs::write(config.path(), known).unwrap();
    let waterfall = Waterfall::with(&[("WATERFALL_DOCTOR_CONFIG", config.path().to_str().unwrap())]);
    let document = waterfall.json("/openapi.json").await;
    send_never_ended(&waterfall).await;
    send_calls(&waterfall, 11..15, false).await;
    send_calls(&waterfall, 15..19, true).await;
    let check = async |path: String, of: &str, status: &str| {
        let answer = waterfall.get(&path).await;
        assert_eq!(answer.status().as_str(), status, "{path}");
        let answer: Value = answer.json().await.unwrap();
        assert_matches_schema(&document, schema_of(&document, of, status), &answer);
        answer
    };
    let one = |id: &str| format!("/api/doctor/{id}");
    let early = check(one(&trace_hex(2)), "/api/doctor/{id}", "200").await;
    assert!(early["arriving"].is_object() && early["missing"][0].is_object(), "{early}");
    examined(&waterfall, "/api/doctor", 15).await;
    let overview = check("/api/doctor".to_owned(), "/api/doctor", "200").await;
    assert_eq!(overview["suppressions"][0]["reason"], "known");
    assert!(overview["groups"].as_array().unwrap().len() > 1, "{overview}");
    let late = check(one(&trace_hex(2)), "/api/doctor/{id}", "200").await;
    assert!(!late["findings"][0]["otherTraceIds"].as_array().unwrap().is_empty(), "{late}");
    let hops = check("/api/hops".to_owned(), "/api/hops", "200").await;
    assert!(hops["hops"][0]["lastGood"].is_object() && hops["hops"][0]["lastBad"].is_object(), "{hops}");
    check(one("xyz"), "/api/doctor/{id}", "400").await;
    check(one(&trace_hex(99)), "/api/doctor/{id}", "404").await;
}

#[tokio::test]
async fn changes_of_what_is_accepted_match_their_schemas() {
    let waterfall = Waterfall::start();
    let document = waterfall.json("/openapi.json").await;
    let path = "/api/doctor/suppressions";
    let codes = doctor::RULES.iter().map(|rule| rule.code).collect::<Vec<_>>();
    assert_eq!(document["components"]["schemas"]["Entry"]["properties"]["code"]["enum"], json!(codes));
    let known = json!({ "code": "clock-skew", "reason": "known" });
    for (method, entry, status) in [
        ("post", &known, "200"),
        ("delete", &known, "200"),
        ("delete", &known, "404"),
        ("post", &json!({}), "400"),
    ] {
        let operation = &document["paths"][path][method];
        let url = format!("{}{path}", waterfall.ready.http);
        let method = method.to_uppercase().parse().unwrap();
        let answer = waterfall.client.request(method, url).json(entry).send().await.unwrap();
        assert_eq!(answer.status().as_str(), status);
        let schema = &operation["responses"][status]["content"]["application/json"]["schema"]["$ref"];
        let schema = schema.as_str().unwrap().rsplit('/').next().unwrap();
        assert_matches_schema(&document, schema, &answer.json().await.unwrap());
    }
}

#[tokio::test]
async fn documented_paths_are_served_and_references_resolve() {
    let waterfall = Waterfall::start();
    let document = waterfall.json("/openapi.json").await;
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(
        paths.keys().collect::<Vec<_>>(),
        ["/api/doctor", "/api/doctor/suppressions", "/api/doctor/{id}", "/api/hops", "/openapi.json"]
    );
    for (path, item) in paths {
        let methods: Vec<&String> = item.as_object().unwrap().keys().collect();
        let (methods_of_path, allowed) = match path.as_str() {
            "/api/doctor/suppressions" => (json!(["delete", "post"]), "POST, DELETE"),
            _ => (json!(["get"]), "HEAD, GET"),
        };
        assert_eq!(json!(methods), methods_of_path, "{path}");
        let path = path.replace("{id}", &trace_hex(1));
        let url = format!("{}{path}", waterfall.ready.http);
        let refused = waterfall.client.put(url).send().await.unwrap();
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["allow"]),
            (405, &allowed.parse().unwrap()),
            "{path}"
        );
    }
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

fn collect<'d>(value: &'d Value, into: &mut Vec<&'d str>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str));
            for member in members.values() {
                collect(member, into);
            }
        }
        Value::Array(values) => {
            for value in values {
                collect(value, into);
            }
        }
        _ => {}
    }
}
