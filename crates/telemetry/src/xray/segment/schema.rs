//! What X-Ray requires of a segment document, for tests: the constraints of the schema that AWS publishes as
//! `xray-segmentdocument-schema-v1.0.0.json`, written down by hand, and those that only its documentation states
//! (<https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>).

use serde_json::{Map, Value};

/// How a document violates the schema; empty for a valid one.
pub(crate) fn violations(document: &Value) -> Vec<String> {
    let mut checks = Checks(Vec::new());
    let Some(fields) = document.as_object() else { return vec!["the document is no object".to_owned()] };
    checks.required(fields, &["name", "id", "start_time", "trace_id"], "");
    if document["type"] == "subsegment" {
        checks.required(fields, &["parent_id"], "");
        checks.subsegment(document, "");
    } else {
        checks.check(fields.get("type").is_none(), "type", "is not subsegment");
        checks.check(fields.get("namespace").is_none(), "namespace", "is of a subsegment");
        checks.check(fields.get("sql").is_none(), "sql", "is of a subsegment");
        checks.common(document, "");
    }
    checks.check(
        document["trace_id"].as_str().is_some_and(is_trace_id),
        "trace_id",
        "is not 1-8-24 hexadecimal digits",
    );
    checks.texts(document, "", &[("user", 250), ("origin", usize::MAX), ("resource_arn", usize::MAX)]);
    checks.texts(&document["service"], "service.", &[("version", usize::MAX)]);
    checks.0
}

struct Checks(Vec<String>);

impl Checks {
    fn check(&mut self, holds: bool, at: &str, problem: &str) {
        if !holds {
            self.0.push(format!("{at} {problem}"));
        }
    }

    fn required(&mut self, fields: &Map<String, Value>, names: &[&str], at: &str) {
        for name in names {
            self.check(fields.contains_key(*name), &format!("{at}{name}"), "is missing");
        }
    }

    /// Optional texts of at most so many characters.
    fn texts(&mut self, object: &Value, at: &str, fields: &[(&str, usize)]) {
        for (name, longest) in fields {
            let is_text = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() <= *longest);
            self.optional(object, at, name, is_text, "is no text, or too long");
        }
    }

    fn optional(
        &mut self,
        object: &Value,
        at: &str,
        name: &str,
        is_valid: impl Fn(&Value) -> bool,
        problem: &str,
    ) {
        let is_valid = object.get(name).is_none_or(is_valid);
        self.check(is_valid, &format!("{at}{name}"), problem);
    }

    fn subsegment(&mut self, subsegment: &Value, at: &str) {
        let is_namespace = |value: &Value| value == "aws" || value == "remote";
        self.optional(subsegment, at, "namespace", is_namespace, "is neither aws nor remote");
        let any = usize::MAX;
        let sql = [("url", any), ("sanitized_query", any), ("database_type", any), ("user", 250)];
        self.texts(&subsegment["sql"], &format!("{at}sql."), &sql);
        let aws = [
            ("operation", any),
            ("account_id", any),
            ("region", any),
            ("request_id", any),
            ("queue_url", any),
        ];
        self.texts(&subsegment["aws"], &format!("{at}aws."), &aws);
        self.common(subsegment, at);
    }

    /// What segments and subsegments share.
    fn common(&mut self, document: &Value, at: &str) {
        let fields = document.as_object().cloned().unwrap_or_default();
        self.required(&fields, &["name", "id", "start_time"], at);
        self.optional(
            document,
            at,
            "name",
            |name| name.as_str().is_some_and(is_name),
            "has other characters, or too many",
        );
        for id in ["id", "parent_id"] {
            self.optional(document, at, id, is_id, "is not 16 hexadecimal digits");
        }
        for time in ["start_time", "end_time"] {
            self.optional(document, at, time, Value::is_number, "is no number");
        }
        let has_end = fields.contains_key("end_time") != fields.contains_key("in_progress");
        self.check(has_end, &format!("{at}end_time"), "or in_progress is required, and not both");
        let ends = document["end_time"].as_f64() >= document["start_time"].as_f64();
        self.check(ends || document["in_progress"] == true, &format!("{at}end_time"), "is before start_time");
        for flag in ["in_progress", "error", "fault", "throttle"] {
            self.optional(document, at, flag, Value::is_boolean, "is no boolean");
        }
        self.http(&document["http"], at);
        self.cause(&document["cause"], at);
        for (key, value) in document["annotations"].as_object().into_iter().flatten() {
            self.check(
                is_annotation(key, value),
                &format!("{at}annotations.{key}"),
                "has an invalid key or value",
            );
        }
        for (namespace, value) in document["metadata"].as_object().into_iter().flatten() {
            self.check(value.is_object(), &format!("{at}metadata.{namespace}"), "is no object");
        }
        self.optional(document, at, "subsegments", Value::is_array, "is no array");
        for (place, nested) in document["subsegments"].as_array().into_iter().flatten().enumerate() {
            self.subsegment(nested, &format!("{at}subsegments[{place}]."));
        }
    }

    fn http(&mut self, http: &Value, at: &str) {
        let texts = [("method", 250), ("url", 250), ("client_ip", 250), ("user_agent", 250)];
        self.texts(&http["request"], &format!("{at}http.request."), &texts);
        let at = format!("{at}http.");
        self.optional(&http["request"], &at, "x_forwarded_for", Value::is_boolean, "is no boolean");
        for number in ["status", "content_length"] {
            self.optional(&http["response"], &at, number, Value::is_number, "is no number");
        }
    }

    fn cause(&mut self, cause: &Value, at: &str) {
        let is_valid = cause.is_null() || cause.is_object() || is_id(cause);
        self.check(is_valid, &format!("{at}cause"), "is neither an id nor an object");
        for exception in cause["exceptions"].as_array().into_iter().flatten() {
            let at = format!("{at}cause.exceptions.");
            self.check(is_id(&exception["id"]), &at, "id is not 16 hexadecimal digits");
            self.texts(
                exception,
                &at,
                &[("type", usize::MAX), ("message", usize::MAX), ("cause", usize::MAX)],
            );
            self.optional(exception, &at, "remote", Value::is_boolean, "is no boolean");
            self.optional(exception, &at, "truncated", Value::is_u64, "is no integer");
            for frame in exception["stack"].as_array().into_iter().flatten() {
                self.texts(frame, &at, &[("path", usize::MAX), ("label", usize::MAX)]);
                self.optional(frame, &at, "line", Value::is_u64, "is no integer");
            }
        }
    }
}

/// `[\p{L}\p{N}\p{Z}_.:/%&#=+\-@]{1,200}`; the standard library's letters include a few more vowel signs than `\p{L}`.
fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || " _.:/%&#=+\\-@".contains(c);
    (1..=200).contains(&name.chars().count()) && name.chars().all(is_allowed)
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|id| id.len() == 16 && is_hex(id))
}

fn is_trace_id(id: &str) -> bool {
    let parts: Vec<&str> = id.split('-').collect();
    matches!(parts[..], ["1", time, rest] if time.len() == 8 && rest.len() == 24 && is_hex(time) && is_hex(rest))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_annotation(key: &str, value: &Value) -> bool {
    let is_key = (1..=500).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_value = match value {
        Value::String(text) => text.chars().count() <= 1000,
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    is_key && is_value
}

#[test]
fn violations_are_found_at_every_depth() {
    let valid = serde_json::json!({
        "name": "users", "id": "00f067aa0ba902b7", "trace_id": "1-4bf92f35-77b34da6a3ce929d0e0e4736", "start_time": 1.5,
        "end_time": 2.5, "subsegments": [{"name": "db", "id": "00f067aa0ba902b8", "start_time": 1.5, "end_time": 2.0}],
    });
    assert_eq!(violations(&valid), Vec::<String>::new());
    for (pointer, invalid) in [
        ("/name", "a{b}".into()),
        ("/id", "00f0".into()),
        ("/trace_id", "4bf92f3577b34da6a3ce929d0e0e4736".into()),
        ("/end_time", 1.0.into()),
        ("/subsegments/0/name", "".into()),
        ("/subsegments/0/start_time", "now".into()),
    ] {
        let mut document = valid.clone();
        *document.pointer_mut(pointer).expect("a field") = invalid;
        assert_ne!(violations(&document), Vec::<String>::new(), "{pointer}");
    }
    for (key, invalid) in [
        ("annotations", serde_json::json!({"a.b": 1})),
        ("annotations", serde_json::json!({"a": [1]})),
        ("metadata", serde_json::json!({"default": 1})),
        ("http", serde_json::json!({"request": {"url": "x".repeat(251)}})),
        ("cause", serde_json::json!({"exceptions": [{"message": "no id"}]})),
        ("namespace", "remote".into()),
    ] {
        let mut document = valid.clone();
        document[key] = invalid;
        assert_ne!(violations(&document), Vec::<String>::new(), "{key}");
    }
}
