//! What is drawn of generated traces agrees with the waterfall's API: its trace, and its list of traces.

mod hostile_trace;

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};
use trace_model::{SpanKind, StatusCode};
use waterfall::{Config, Endpoints};

use hostile_trace::{HostileTrace, Random};
use trace_text::{Row, RowError, View, duration};

const SEED: u64 = 17;
const TRACES: usize = 60;

/// What the drawing and the API both say of one row.
#[derive(Debug, PartialEq, Eq)]
struct RowFacts {
    depth: usize,
    service: String,
    name: String,
    kind: String,
    start: u64,
    duration: u64,
    error: RowError,
    is_placeholder: bool,
    peer: Option<String>,
}

/// What the drawing and the API both say of the trace.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct TraceFacts {
    duration: u64,
    spans: u64,
    services: u64,
    errors: u64,
    handled: u64,
    background: u64,
    missing: u64,
    has_failed: bool,
    is_from_outside: bool,
    /// As it is written.
    likely_duration: Option<String>,
    has_queue_waits: bool,
    has_calls_given_up: bool,
    /// As they are written: when the root ended, and the last span.
    late_work: Option<(String, String)>,
}

#[tokio::test]
async fn the_drawing_agrees_with_the_api() {
    let endpoints = start_waterfall();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut random = Random::new(SEED);
    let traces: Vec<HostileTrace> = (0..TRACES).map(|_| HostileTrace::new(&mut random)).collect();
    for trace in &traces {
        let url = format!("http://{}/v1/traces", endpoints.otlp_http);
        let sent = client.post(url).json(&trace.otlp).send().await.unwrap();
        assert_eq!(sent.json::<Value>().await.unwrap(), json!({}), "all spans are accepted");
    }
    let api = Api { client, url: format!("http://{}", endpoints.page) };
    let listed = api.list_with_verdicts().await;
    for HostileTrace { id, .. } in &traces {
        let export = api.get(&format!("/api/v3/traces/{id}")).await;
        let view = View::from_otlp_json(export["result"].to_string().as_bytes()).unwrap();
        let trace = api.get(&format!("/api/ui/traces/{id}")).await;
        let drawn: Vec<RowFacts> = view.rows.iter().map(RowFacts::from_drawing).collect();
        let rows = 0..trace["rows"]["id"].as_array().unwrap().len();
        let reported: Vec<RowFacts> = rows.map(|row| RowFacts::from_api(row, &trace)).collect();
        for (index, (drawn, reported)) in drawn.iter().zip(&reported).enumerate() {
            assert_eq!(drawn, reported, "row {index} of trace {id}");
        }
        assert_eq!(drawn.len(), reported.len(), "rows of trace {id}");
        assert_eq!(TraceFacts::from_drawing(&view), TraceFacts::from_api(&listed[id], &trace), "trace {id}");
    }
}

/// Serves on free ports until the tests end.
fn start_waterfall() -> Endpoints {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let any_port = |name: &str| name.ends_with("_ADDR").then(|| "127.0.0.1:0".to_owned());
        let config = Config::from_env(any_port).unwrap();
        waterfall::run(&config, |endpoints| sender.send(*endpoints).unwrap()).unwrap();
    });
    receiver.recv().unwrap()
}

struct Api {
    client: reqwest::Client,
    url: String,
}

impl Api {
    async fn get(&self, path: &str) -> Value {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// The listed traces by id. Each listing analyses at least one trace that has no verdict yet.
    async fn list_with_verdicts(&self) -> HashMap<String, Value> {
        for _ in 0..=TRACES {
            let list = self.get(&format!("/api/ui/traces?limit={TRACES}")).await;
            let traces = list["traces"].as_array().unwrap();
            assert_eq!(traces.len(), TRACES);
            if traces.iter().all(|trace| trace.get("failed").is_some()) {
                let by_id = |trace: &Value| (trace["trace_id"].as_str().unwrap().to_owned(), trace.clone());
                return traces.iter().map(by_id).collect();
            }
        }
        panic!("traces have no verdict");
    }
}

impl RowFacts {
    fn from_drawing(row: &Row) -> Self {
        Self {
            depth: row.depth,
            service: row.service.clone(),
            name: row.name.clone(),
            kind: row.kind.to_owned(),
            start: row.start,
            duration: row.duration,
            error: row.error,
            is_placeholder: row.placeholder,
            peer: row.peer.clone(),
        }
    }

    fn from_api(row: usize, trace: &Value) -> Self {
        let rows = &trace["rows"];
        let value = |key: &str| value_of_row(&rows[key], row);
        let number = |key: &str| value(key).as_u64().unwrap_or_default();
        let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
        let is_placeholder = value("placeholder") == true;
        let kind = SpanKind::from_otlp(number("kind")).as_str();
        let name = text(&rows["names"][to_usize(number("name"))]);
        Self {
            depth: to_usize(number("depth")),
            service: value("service")
                .as_u64()
                .map_or_else(String::new, |at| text(&trace["services"][to_usize(at)])),
            name: if is_placeholder { format!("missing parent {}", text(&value("id"))) } else { name },
            kind: if is_placeholder { String::new() } else { kind.to_owned() },
            start: number("start"),
            duration: number("duration"),
            error: match value("error").as_str() {
                Some("handled") => RowError::Handled,
                Some("background") => RowError::Background,
                _ if value("root_cause") != Value::Null => RowError::RootCause,
                _ if StatusCode::from_otlp(number("status")) == StatusCode::Error => RowError::Reached,
                _ => RowError::None,
            },
            is_placeholder,
            peer: value("peer").as_u64().map(|at| text(&trace["peers"][to_usize(at)]["name"])),
        }
    }
}

impl TraceFacts {
    fn from_drawing(view: &View) -> Self {
        let sentences: Vec<&str> = view.findings.iter().map(|finding| &*finding.text).collect();
        let text = sentences.join("\n");
        let errors = |is_counted: fn(RowError) -> bool| {
            view.rows.iter().filter(|row| is_counted(row.error)).count() as u64
        };
        let likely = text.split_once("by one clock the trace likely took ");
        Self {
            duration: view.duration,
            spans: view.spans() as u64,
            services: view.services() as u64,
            errors: view.errors() as u64,
            handled: errors(|error| error == RowError::Handled),
            background: errors(|error| error == RowError::Background),
            missing: view.missing_parents.len() as u64,
            has_failed: text.contains("root cause: "),
            is_from_outside: text.contains("called from outside, by span "),
            likely_duration: likely.map(|(_, rest)| rest.lines().next().unwrap_or_default().to_owned()),
            has_queue_waits: text.contains(" in the queue"),
            has_calls_given_up: text.contains(": gave up after "),
            late_work: text.split_once(", work went on until ").map(|(before, after)| {
                let (_, root_ended) = before.rsplit_once(" after ").unwrap();
                (root_ended.to_owned(), after.lines().next().unwrap().to_owned())
            }),
        }
    }

    fn from_api(listed: &Value, trace: &Value) -> Self {
        let number = |key: &str| listed[key].as_u64().unwrap();
        let is_any = |key: &str| trace[key].as_array().is_some_and(|all| !all.is_empty());
        Self {
            duration: number("duration"),
            spans: number("spans"),
            services: listed["services"].as_array().unwrap().len() as u64,
            errors: number("errors"),
            handled: number("handled"),
            background: number("background"),
            missing: number("missing"),
            has_failed: listed["failed"] == true,
            is_from_outside: listed["outside"] == true,
            likely_duration: listed["likely_duration"].as_u64().map(duration),
            has_queue_waits: is_any("queue_waits"),
            has_calls_given_up: is_any("given_up"),
            late_work: listed.get("late_work").map(|late| {
                let time = |key: &str| duration(late[key].as_u64().unwrap());
                (time("root_ended"), time("ended"))
            }),
        }
    }
}

/// The value of a row in a column, which has one for each row or names the rows that have one.
fn value_of_row(column: &Value, row: usize) -> Value {
    if let Value::Array(values) = column {
        return values[row].clone();
    }
    let at = column["row"].as_array().and_then(|rows| rows.iter().position(|of| *of == row));
    at.map_or(Value::Null, |at| column.get("value").map_or(json!(true), |values| values[at].clone()))
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap()
}
