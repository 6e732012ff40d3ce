//! `GET /api/ui/traces/{id}/find`: the spans of one trace of which an attribute satisfies a condition. The page asks for it when a
//! trace has more attributes than a browser should hold.
//!
//! Conditions mean what they mean in `ui/assets/model/query.js`: text is compared without regard to case, and attributes of the
//! span, its resource and its events count, as do the names of events (`event`) and the status message (`status.message`).

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use trace_model::{Attribute, Origin, Span, SpanId, Value};
use trace_store::StoredTrace;

use super::{parameters::Parameters, state::State, trace_id, versioned_response};
use crate::error_response::error;

/// Bytes of a condition's field or value: more is not typed into a search box.
const MAX_TEXT_BYTES: usize = 1_024;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/api/ui/traces/{id}/find", web::get().to(find));
}

async fn find(state: web::Data<State>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let Some(id) = trace_id::parse(&id) else { return trace_id::invalid(&id) };
    let condition = match Condition::parse(&Parameters::of(&request)) {
        Ok(condition) => condition,
        Err(cause) => return error(StatusCode::BAD_REQUEST, &cause),
    };
    let Some(trace) = state.store.locate(id) else { return trace_id::not_found(id) };
    let (tag, bytes) = (state.tag_of_variant(trace.version(), "find"), trace.bytes());
    let serialize = move || serde_json::to_vec(&FoundJson::new(&trace.read(), &condition));
    versioned_response::respond(&state, &request, tag, bytes, serialize).await
}

#[derive(Serialize)]
struct FoundJson {
    version: u64,
    /// Span ids; of spans that share an id, those after the first are followed by `.` and their number, from 1.
    spans: Vec<String>,
}

impl FoundJson {
    fn new(trace: &StoredTrace, condition: &Condition) -> Self {
        let mut seen: HashMap<SpanId, usize> = HashMap::new();
        let mut found = Vec::new();
        for (origin, span) in trace.spans() {
            let occurrence = seen.entry(span.span_id).or_default();
            if condition.holds_for(&origin, &span) {
                let id = span.span_id;
                found.push(if *occurrence == 0 { id.to_string() } else { format!("{id}.{occurrence}") });
            }
            *occurrence += 1;
        }
        Self { version: trace.version, spans: found }
    }
}

/// What one attribute must satisfy.
struct Condition {
    /// The attribute's key in lower case; `None` for any.
    field: Option<String>,
    test: Test,
}

enum Test {
    Equals(String),
    Contains(String),
    Greater(f64),
    GreaterOrEqual(f64),
    Less(f64),
    LessOrEqual(f64),
}

impl Condition {
    fn parse(parameters: &Parameters) -> Result<Self, String> {
        let given = |name| parameters.get(&[name]).unwrap_or_default();
        let (field, operator, value) = (given("field"), given("operator"), given("value"));
        for (name, given) in [("field", field), ("value", value)] {
            if given.len() > MAX_TEXT_BYTES {
                return Err(format!(
                    "{name} has {} bytes: at most {MAX_TEXT_BYTES} are allowed",
                    given.len()
                ));
            }
        }
        let number =
            || number(value).ok_or_else(|| format!("value={value:?} must be a number to be compared"));
        let test = match operator {
            "=" => Test::Equals(value.to_lowercase()),
            "~" => Test::Contains(value.to_lowercase()),
            ">" => Test::Greater(number()?),
            ">=" => Test::GreaterOrEqual(number()?),
            "<" => Test::Less(number()?),
            "<=" => Test::LessOrEqual(number()?),
            _ => return Err(format!("invalid operator={operator:?}: it must be one of = ~ > >= < <=")),
        };
        Ok(Self { field: Some(field.to_lowercase()).filter(|field| !field.is_empty()), test })
    }

    fn holds_for(&self, origin: &Origin<'_>, span: &Span<'_>) -> bool {
        let holds = |Attribute { key, value }| self.holds(&key, &value);
        let text = |key, text: &str| self.wants(key) && self.test.holds_for_text(text);
        let message = &span.status.message;
        span.attributes().any(holds)
            || origin.resource.attributes().any(holds)
            || span.events().any(|event| text("event", &event.name) || event.attributes().any(holds))
            || (!message.is_empty() && text("status.message", message))
    }

    /// A list satisfies the condition when one of its items does; an entry of a map has the key `map.entry`.
    fn holds(&self, key: &str, value: &Value<'_>) -> bool {
        match value {
            Value::Array(items) => items.iter().any(|item| self.holds(key, &item)),
            Value::Map(entries) => {
                entries.iter().any(|entry| self.holds(&format!("{key}.{}", entry.key), &entry.value))
            }
            Value::Empty | Value::Bytes(_) => false,
            _ if !self.wants(key) => false,
            Value::String(text) => self.test.holds_for_text(text),
            Value::Bool(bit) => self.test.holds_for_text(if *bit { "true" } else { "false" }),
            Value::Int(int) => self.test.holds_for_text(&int.to_string()),
            Value::Double(double) => self.test.holds_for_text(&double.to_string()),
        }
    }

    fn wants(&self, key: &str) -> bool {
        self.field.as_ref().is_none_or(|field| key.to_lowercase() == *field)
    }
}

impl Test {
    fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Self::Equals(wanted) => text.to_lowercase() == *wanted,
            Self::Contains(wanted) => text.to_lowercase().contains(wanted),
            Self::Greater(limit) => number(text).is_some_and(|number| number > *limit),
            Self::GreaterOrEqual(limit) => number(text).is_some_and(|number| number >= *limit),
            Self::Less(limit) => number(text).is_some_and(|number| number < *limit),
            Self::LessOrEqual(limit) => number(text).is_some_and(|number| number <= *limit),
        }
    }
}

/// A finite decimal number.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}
