//! The rows of a trace are sent in columns; the tests read one object a row.

use serde_json::{Map, Value, json};

use crate::{
    process::Waterfall,
    spans::{MS, failed, of_service, request, span, span_hex, trace_hex},
};

const KINDS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUSES: [&str; 3] = ["unset", "ok", "error"];

/// Replaces columns in `rows` of a response, if it has any, by a list of objects.
pub(crate) fn with_objects(mut response: Value) -> Value {
    if let Some(Value::Object(columns)) = response.get("rows") {
        response["rows"] = objects(columns);
    }
    response
}

/// Leaves out a kind that is internal, and the service of a placeholder.
fn objects(columns: &Map<String, Value>) -> Value {
    let mut rows = vec![Map::new(); columns["id"].as_array().unwrap().len()];
    for (key, column) in columns.iter().filter(|(key, _)| *key != "names") {
        let (at, values) = match column {
            Value::Array(values) => ((0..values.len()).collect(), values.clone()),
            sparse => sparse_column(sparse),
        };
        assert!(at.is_sorted(), "{key} in the order of rows");
        for (row, value) in at.into_iter().zip(values) {
            let value = match (key.as_str(), value.as_u64().and_then(|number| usize::try_from(number).ok())) {
                ("name", Some(name)) => columns["names"][name].clone(),
                ("kind", Some(1)) | ("service", None) => continue,
                ("kind", Some(kind)) => json!(KINDS[kind]),
                ("status", Some(status)) => json!(STATUSES[status]),
                _ => value,
            };
            rows[row].insert(key.clone(), value);
        }
    }
    json!(rows)
}

/// The rows of a sparse column and their values. The value of a mark is `true`.
fn sparse_column(column: &Value) -> (Vec<usize>, Vec<Value>) {
    let at: Vec<usize> = serde_json::from_value(column["row"].clone()).unwrap();
    let marks = || vec![json!(true); at.len()];
    let values = column.get("value").map_or_else(marks, |values| values.as_array().unwrap().clone());
    assert_eq!(at.len(), values.len());
    (at, values)
}

#[tokio::test]
async fn rows_are_columns_and_those_of_what_few_rows_have_name_their_rows() {
    let waterfall = Waterfall::start();
    let spans = vec![span(7, 1, 0, "root"), span(7, 2, 1, "step"), failed(span(7, 3, 1, "step"), "gone")];
    waterfall.export(&request(vec![of_service("shop", spans)])).await;
    let trace: Value = waterfall.get(&format!("/api/ui/traces/{}", trace_hex(7))).await.json().await.unwrap();
    let ids = [1, 2, 3].map(span_hex);
    assert_eq!(
        trace["rows"],
        json!({
            "id": ids,
            "names": ["root", "step"],
            "name": [0, 1, 1],
            "service": [0, 0, 0],
            "kind": [2, 2, 2],
            "start": [0, MS, 2 * MS],
            "duration": [10 * MS, 10 * MS, 10 * MS],
            "depth": [0, 1, 1],
            "self": {"row": [0, 1, 2], "value": [MS, 9 * MS, 8 * MS]},
            "status": {"row": [2], "value": [2]},
            "message": {"row": [2], "value": ["gone"]},
            "error": {"row": [2], "value": ["handled"]},
        })
    );
}
