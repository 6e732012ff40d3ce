//! An occurrence as an item of Rollbar's API (<https://docs.rollbar.com/reference/create-item>).

use std::time::UNIX_EPOCH;

use opentelemetry::{Key, KeyValue};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::Resource;
use prost::Message;
use serde_json::{Map, Value, json};

use super::fingerprint::fingerprint;
use super::fit::fit;
use super::occurrence::{Occurrence, Place, What};
use super::scrub::Scrub;
use crate::env;
use crate::otlp::truncated;

/// Longest `code_version` and `person.id`, and longest `context`.
const MAX_ID: usize = 40;
const MAX_CONTEXT: usize = 255;

/// What all items of this process have in common.
#[derive(Debug)]
pub(super) struct Common {
    environment: String,
    code_version: Option<String>,
    host: Option<String>,
    service: String,
    scrub: Scrub,
}

impl Common {
    pub(super) fn new(settings: &env::Rollbar, resource: &Resource) -> Self {
        let of_resource =
            |key: &'static str| resource.get(&Key::from_static_str(key)).map(|value| value.to_string());
        let environment = settings.environment.clone();
        Self {
            environment: environment
                .or_else(|| of_resource("deployment.environment.name"))
                .unwrap_or_else(|| "production".to_owned()),
            code_version: settings.code_version.clone().or_else(|| of_resource("service.version")),
            host: of_resource("host.name").or_else(host_name),
            service: of_resource("service.name").unwrap_or_default(),
            scrub: Scrub::new(&settings.scrub_fields),
        }
    }

    /// The item as the bytes of a request; a short message in its place when it is too large.
    pub(super) fn item(&self, occurrence: &Occurrence) -> Vec<u8> {
        fit(self.data(occurrence)).unwrap_or_else(|| self.failsafe(occurrence))
    }

    /// A short message in place of an item that is too large, as Rollbar's own clients send it.
    pub(super) fn failsafe(&self, occurrence: &Occurrence) -> Vec<u8> {
        let item = json!({"data": {
            "environment": self.environment,
            "level": occurrence.severity.name(),
            "timestamp": seconds(occurrence),
            "language": "rust",
            "body": {"message": {"body": "Failsafe: the item is too large for Rollbar; the trace has the whole error."}},
            "custom": {"orig_uuid": occurrence.uuid.to_string()},
            "attributes": trace_and_span(occurrence),
            "notifier": notifier(),
        }});
        serde_json::to_vec(&item).unwrap_or_default()
    }

    fn data(&self, occurrence: &Occurrence) -> Value {
        let request = Request::decode(&occurrence.request);
        let code_version = self.code_version.as_deref().map(|version| truncated(version, MAX_ID));
        let data = present(json!({
            "environment": self.environment,
            "uuid": occurrence.uuid.to_string(),
            "level": occurrence.severity.name(),
            "timestamp": seconds(occurrence),
            "code_version": code_version,
            "platform": std::env::consts::OS,
            "language": "rust",
            "framework": "actix-web",
            "context": context(&request, &occurrence.place),
            "fingerprint": self.scrub.text(&fingerprint(occurrence, request.text("http.route"))),
            "body": self.body(occurrence),
            "request": self.request(&request),
            "person": person(&request),
            "server": present(json!({"host": self.host, "code_version": code_version})),
            "custom": self.custom(occurrence),
            "attributes": trace_and_span(occurrence),
            "notifier": notifier(),
        }));
        json!({ "data": data })
    }

    fn body(&self, occurrence: &Occurrence) -> Value {
        match &occurrence.what {
            What::Exception { class, message, description } => {
                let exception = present(json!({
                    "class": class,
                    "message": self.scrub.text(message),
                    "description": description.as_deref().map(|text| self.scrub.text(text)),
                }));
                json!({"trace": {"frames": [frame(&occurrence.place)], "exception": exception}})
            }
            What::Message(text) => json!({"message": {"body": self.scrub.text(text)}}),
        }
    }

    /// The fields of the event, and the service.
    fn custom(&self, occurrence: &Occurrence) -> Value {
        let mut custom: Map<String, Value> = occurrence
            .fields
            .iter()
            .map(|KeyValue { key, value, .. }| {
                (key.to_string(), json!(self.scrub.value(key.as_str(), value)))
            })
            .collect();
        custom.insert("service.name".to_owned(), json!(self.service));
        Value::Object(custom)
    }

    fn request(&self, request: &Request) -> Option<Value> {
        let method = request.text("http.request.method")?;
        let scheme = request.text("url.scheme").unwrap_or("http");
        let host = request.text("server.address").unwrap_or("localhost");
        let port = request.number("server.port").map(|port| format!(":{port}")).unwrap_or_default();
        let query = request.text("url.query").map(|query| self.scrub.text(query));
        let mut url = format!("{scheme}://{host}{port}{}", request.text("url.path").unwrap_or("/"));
        if let Some(query) = &query {
            url = format!("{url}?{query}");
        }
        let agent =
            request.text("user_agent.original").map(|agent| json!({"User-Agent": self.scrub.text(agent)}));
        Some(present(json!({
            "url": url,
            "method": method,
            "query_string": query,
            "user_ip": request.text("client.address"),
            "headers": agent,
        })))
    }
}

/// `data.attributes`, by which Rollbar links an item to its trace.
fn trace_and_span(occurrence: &Occurrence) -> Value {
    occurrence.ids.as_ref().map_or_else(
        || json!([]),
        |ids| {
            json!([
                {"key": "trace_id", "value": ids.trace_id().to_string()},
                {"key": "span_id", "value": ids.span_id().to_string()},
            ])
        },
    )
}

/// What was done: method and route, or path where the route is not known, or else the module.
fn context(request: &Request, place: &Place) -> String {
    let target = request.text("http.route").or_else(|| request.text("url.path"));
    let context = match (request.text("http.request.method"), target) {
        (Some(method), Some(target)) => format!("{method} {target}"),
        _ => place.module.clone(),
    };
    truncated(&context, MAX_CONTEXT).to_owned()
}

fn person(request: &Request) -> Option<Value> {
    let id = request.text("user.id").or_else(|| request.text("enduser.id"))?;
    Some(json!({"id": truncated(id, MAX_ID)}))
}

fn frame(place: &Place) -> Value {
    let file = place.file.as_deref().map(within_crate);
    present(json!({
        "filename": file.unwrap_or(&place.module),
        "lineno": place.line,
        "method": place.module,
    }))
}

/// The path from the directory of the crate on, when it is absolute: the rest is that of the machine of the build.
fn within_crate(file: &str) -> &str {
    if !file.starts_with('/') && !file.contains(":\\") {
        return file;
    }
    let separator = if file.contains('\\') { '\\' } else { '/' };
    let source = format!("{separator}src{separator}");
    let directory = file.rfind(&source).map_or(0, |at| file[..at].rfind(separator).map_or(0, |at| at + 1));
    &file[directory..]
}

fn notifier() -> Value {
    json!({"name": "telemetry-rust", "version": env!("CARGO_PKG_VERSION")})
}

fn seconds(occurrence: &Occurrence) -> u64 {
    occurrence.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The object without the members that have no value.
fn present(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}

/// The attributes of the request's server span.
struct Request(Span);

impl Request {
    fn decode(attributes: &[u8]) -> Self {
        // This crate encoded them.
        Self(Span::decode(attributes).unwrap_or_default())
    }

    fn value(&self, key: &str) -> Option<&Any> {
        let attribute = self.0.attributes.iter().find(|attribute| attribute.key == key)?;
        attribute.value.as_ref()?.value.as_ref()
    }

    fn text(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            Any::StringValue(text) => Some(text),
            _ => None,
        }
    }

    fn number(&self, key: &str) -> Option<i64> {
        match self.value(key)? {
            Any::IntValue(number) => Some(*number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use uuid::Uuid;

    use super::super::occurrence::Severity;
    use super::*;
    use crate::otlp::Attributes;

    fn settings() -> env::Rollbar {
        env::Rollbar {
            token: env::Token("0123".to_owned()),
            endpoint: "https://api.rollbar.com/api/1/item/".to_owned(),
            environment: None,
            code_version: None,
            scrub_fields: Vec::new(),
            certificate: None,
            proxies: env::Proxies::default(),
        }
    }

    fn common() -> Common {
        let resource = [("service.name", "users"), ("service.version", "1.2.3"), ("host.name", "host-1")];
        let resource = resource.map(|(key, value)| KeyValue::new(key, value));
        Common::new(&settings(), &Resource::builder_empty().with_attributes(resource).build())
    }

    fn occurrence() -> Occurrence {
        let mut request = Attributes::new(128, None);
        request.add("http.request.method", "GET");
        request.add("url.scheme", "http");
        request.add("server.address", "users.example");
        request.add("server.port", 8082_i64);
        request.add("url.path", "/users/andrew");
        request.add("url.query", "token=S3CRET&q=1");
        request.add("http.route", "/users/{handle}");
        request.add("client.address", "192.0.2.7");
        request.add("user.id", "andrew");
        Occurrence {
            uuid: Uuid::from_u128(7),
            time: SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(500_000 * 3_600),
            severity: Severity::Error,
            what: What::Exception {
                class: "users::error".to_owned(),
                message: "no connection to 10.0.0.7:5432".to_owned(),
                description: Some("request failed".to_owned()),
            },
            place: Place {
                module: "service::response".to_owned(),
                file: Some("/home/build/project/crates/service/src/response.rs".to_owned()),
                line: Some(33),
            },
            fields: vec![KeyValue::new("password", "S3CRET"), KeyValue::new("attempt", 3)],
            ids: Some(SpanContext::new(
                TraceId::from_bytes([1; 16]),
                SpanId::from_bytes([2; 8]),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            )),
            request: request.as_bytes().to_vec(),
        }
    }

    fn parsed(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).expect("JSON")
    }

    #[test]
    fn an_item_names_the_error_its_request_and_its_trace() {
        let data = parsed(&common().item(&occurrence()))["data"].take();
        assert_eq!(data["environment"], "production");
        assert_eq!(data["code_version"], "1.2.3");
        assert_eq!(data["server"], json!({"host": "host-1", "code_version": "1.2.3"}));
        assert_eq!(data["context"], "GET /users/{handle}");
        assert_eq!(data["person"], json!({"id": "andrew"}));
        assert_eq!(data["timestamp"], 1_800_000_000);
        let exception = json!({
            "class": "users::error", "message": "no connection to 10.0.0.7:5432", "description": "request failed",
        });
        assert_eq!(data["body"]["trace"]["exception"], exception);
        let frame =
            json!({"filename": "service/src/response.rs", "lineno": 33, "method": "service::response"});
        assert_eq!(data["body"]["trace"]["frames"], json!([frame]));
        assert_eq!(data["request"]["url"], "http://users.example:8082/users/andrew?token=***&q=1");
        assert_eq!(data["attributes"][0], json!({"key": "trace_id", "value": "01".repeat(16)}));
        assert_eq!(data["attributes"][1], json!({"key": "span_id", "value": "02".repeat(8)}));
        assert_eq!(data["custom"], json!({"password": "***", "attempt": "3", "service.name": "users"}));
    }

    #[test]
    fn no_item_contains_a_secret() {
        let item = String::from_utf8(common().item(&occurrence())).expect("UTF-8");
        assert!(!item.contains("S3CRET"), "{item}");
    }

    #[test]
    fn lines_ids_and_hosts_do_not_change_the_fingerprint() {
        let fingerprint = |change: fn(&mut Occurrence)| {
            let mut occurrence = occurrence();
            change(&mut occurrence);
            parsed(&common().item(&occurrence))["data"]["fingerprint"].take()
        };
        let unchanged = fingerprint(|_| {});
        assert_eq!(unchanged, fingerprint(|occurrence| occurrence.place.line = Some(99)));
        assert_eq!(unchanged, fingerprint(|occurrence| occurrence.uuid = Uuid::from_u128(8)));
        let elsewhere = fingerprint(|occurrence| {
            if let What::Exception { message, .. } = &mut occurrence.what {
                *message = "no connection to 10.0.0.9:5433".to_owned();
            }
        });
        assert_eq!(unchanged, elsewhere);
        assert_ne!(unchanged, fingerprint(|occurrence| occurrence.place.module = "other".to_owned()));
    }

    #[test]
    fn an_item_that_cannot_fit_becomes_the_failsafe() {
        let mut occurrence = occurrence();
        occurrence.fields =
            (0..20_000).map(|at| KeyValue::new(format!("field.{at}"), "x".repeat(100))).collect();
        let data = parsed(&common().item(&occurrence))["data"].take();
        assert_eq!(data["custom"]["orig_uuid"], occurrence.uuid.to_string());
        assert!(data["body"]["message"]["body"].as_str().is_some_and(|text| text.starts_with("Failsafe")));
    }

    #[test]
    fn a_path_begins_at_the_directory_of_the_crate() {
        assert_eq!(within_crate("crates/users/src/lib.rs"), "crates/users/src/lib.rs");
        assert_eq!(
            within_crate("/x/registry/sqlx-core-0.9.0/src/pool/mod.rs"),
            "sqlx-core-0.9.0/src/pool/mod.rs"
        );
        assert_eq!(within_crate("/lib.rs"), "/lib.rs");
        assert_eq!(within_crate(r"C:\build\users\src\lib.rs"), r"users\src\lib.rs");
    }
}
