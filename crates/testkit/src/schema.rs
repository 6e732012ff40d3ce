//! Responses against the schemas of an `OpenAPI` document.

use serde_json::Value;

/// Asserts that a response has exactly the members and types of a schema, at every depth. Members that the schema does not name
/// are errors, too: a document that lags behind is wrong.
///
/// Knows of JSON Schema what our documents use: `$ref`, `oneOf`, `const`, `enum`, `type`, `properties`, `required`, `items`,
/// `minItems` and `maxItems`.
///
/// # Panics
/// When the response does not match.
#[track_caller]
pub fn assert_matches_schema(document: &Value, schema: &str, response: &Value) {
    let root = &document["components"]["schemas"][schema];
    assert!(root.is_object(), "the document has no schema {schema}");
    if let Err(mismatch) = matches(document, root, response, schema) {
        panic!("{mismatch}\n{response:#}");
    }
}

fn matches(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return matches(document, target.ok_or_else(|| format!("{reference} is missing"))?, value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let outcomes = choices.iter().map(|choice| matches(document, choice, value, at));
        let (fitting, others): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
        let why = || others.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("; ");
        return match fitting.len() {
            1 => Ok(()),
            count => Err(format!("{at} matches {count} choices: {}", why())),
        };
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{at} is {value}, and should be {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Err(format!("{at} is {value}, and should be one of {}", schema["enum"]));
    }
    if schema.get("const").is_none() && !has_type(&schema["type"], value) {
        return Err(format!("{at} is {value}, and should be {}", schema["type"]));
    }
    match value {
        Value::Object(members) => object_matches(document, schema, members, at),
        Value::Array(values) => array_matches(document, schema, values, at),
        _ => Ok(()),
    }
}

fn object_matches(
    document: &Value,
    schema: &Value,
    members: &serde_json::Map<String, Value>,
    at: &str,
) -> Result<(), String> {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Err(format!("{at} lacks {name}"));
        }
    }
    for (name, value) in members {
        let property = schema["properties"].get(name).ok_or_else(|| format!("{at} has {name}, too"))?;
        matches(document, property, value, &format!("{at}.{name}"))?;
    }
    Ok(())
}

fn array_matches(document: &Value, schema: &Value, values: &[Value], at: &str) -> Result<(), String> {
    let count = values.len() as u64;
    if schema["minItems"].as_u64().is_some_and(|min| count < min)
        || schema["maxItems"].as_u64().is_some_and(|max| count > max)
    {
        return Err(format!("{at} has {count} items"));
    }
    values.iter().try_for_each(|value| matches(document, &schema["items"], value, &format!("{at}[]")))
}

/// `types` is a name, or a list of names.
fn has_type(types: &Value, value: &Value) -> bool {
    let fits = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    types.as_array().map_or_else(|| fits(types), |all| all.iter().any(fits))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(schema: &Value, value: &Value) -> Result<(), String> {
        let document = json!({ "components": { "schemas": { "Id": { "type": "string" } } } });
        matches(&document, schema, value, "it")
    }

    #[test]
    fn members_that_are_missing_unknown_or_of_another_type_are_found() {
        let id = json!({ "$ref": "#/components/schemas/Id" });
        let schema = json!({ "type": "object", "properties": { "id": id, "n": { "type": "integer" } }, "required": ["id"] });
        assert_eq!(outcome(&schema, &json!({ "id": "a", "n": 1 })), Ok(()));
        for (value, says) in [
            (json!({ "n": 1 }), "it lacks id"),
            (json!({ "id": "a", "m": 1 }), "it has m, too"),
            (json!({ "id": 1 }), "it.id is 1, and should be \"string\""),
            (json!({ "id": "a", "n": 1.5 }), "it.n is 1.5, and should be \"integer\""),
            (json!([]), "it is [], and should be \"object\""),
        ] {
            assert_eq!(outcome(&schema, &value), Err(says.to_owned()));
        }
    }

    #[test]
    fn exactly_one_choice_must_fit() {
        let choice = |kind: &str, value: &str| json!({ "type": "object", "properties": { "kind": { "const": kind }, "value": { "type": value } } });
        let schema = json!({ "oneOf": [choice("count", "integer"), choice("text", "string")] });
        assert_eq!(outcome(&schema, &json!({ "kind": "text", "value": "a" })), Ok(()));
        assert!(outcome(&schema, &json!({ "kind": "count", "value": "a" })).is_err());
        assert!(outcome(&schema, &json!({})).is_err(), "both fit");
    }

    #[test]
    fn enumerations_and_lengths_are_checked() {
        let schema = json!({ "type": "array", "items": { "type": "string", "enum": ["a"] }, "maxItems": 1 });
        assert_eq!(outcome(&schema, &json!(["a"])), Ok(()));
        assert!(outcome(&schema, &json!(["b"])).is_err());
        assert!(outcome(&schema, &json!(["a", "a"])).is_err());
    }
}
