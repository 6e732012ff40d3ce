//! The spans that are searched.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status},
};
use prost::Message;

pub(crate) const TRACES: u64 = 125_000;
pub(crate) const TRACES_PER_BATCH: u64 = 64;
const SPANS_PER_TRACE: u64 = 8;

/// A request of [`TRACES_PER_BATCH`] traces.
pub(crate) fn request(batch: u64) -> Vec<u8> {
    let traces = batch * TRACES_PER_BATCH..(batch + 1) * TRACES_PER_BATCH;
    let services = (0..SPANS_PER_TRACE).map(|step| {
        let spans = traces.clone().map(|trace| span(trace, step)).collect();
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        ResourceSpans { resource: Some(resource(step)), scope_spans, ..ResourceSpans::default() }
    });
    ExportTraceServiceRequest { resource_spans: services.collect() }.encode_to_vec()
}

/// The resource of the service with this number.
pub(crate) fn resource(service: u64) -> Resource {
    let name = text("service.name", &format!("service-{service}"));
    Resource { attributes: vec![name], ..Resource::default() }
}

fn span(trace: u64, step: u64) -> Span {
    let hash = (trace * 8 + step).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let start = 1_700_000_000_000_000_000 + trace * 1_000_000;
    let failed = hash.is_multiple_of(100);
    Span {
        trace_id: u128::from(trace + 1).to_be_bytes().to_vec(),
        span_id: (step + 1).to_be_bytes().to_vec(),
        parent_span_id: if step == 0 { vec![] } else { step.to_be_bytes().to_vec() },
        name: format!("GET /route/{}", hash % 20),
        // Servers and clients in turn, so that the service map counts both sides of each call.
        kind: if step.is_multiple_of(2) { 2 } else { 3 },
        start_time_unix_nano: start,
        end_time_unix_nano: start + hash % 1000 * 1_000_000,
        status: failed.then(|| Status { code: 2, message: String::new() }),
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", &format!("/route/{}", hash % 20)),
            int("http.response.status_code", if failed { 503 } else { 200 }),
            text("url.path", &format!("/users/{}", hash % 5000)),
            text("url.scheme", "http"),
            text("server.address", "127.0.0.1"),
            int("server.port", 8080),
            text("client.address", "127.0.0.1"),
            text("user_agent.original", "bench/1.0"),
            text("request.id", &format!("id-{trace}-{step}")),
            text("session.id", &session(trace * 8 + step)),
            double("thread.load", f64::from(u32::try_from(hash).unwrap_or_default()) / f64::from(1 << 24)),
            text("db.query.text", &statement(trace * 8 + step)),
            int("db.rows", i64::try_from(trace.wrapping_mul(7_919) % 100_000).unwrap_or_default()),
            text("only.of.last", if step == SPANS_PER_TRACE - 1 { "yes" } else { "no" }),
        ],
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.into())) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

fn double(key: &str, value: f64) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::DoubleValue(value)) });
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

/// Incompressible hexadecimal digits, like random ids.
fn session(n: u64) -> String {
    let half = |n: u64| (n ^ n >> 31).wrapping_mul(0x94d0_49bb_1331_11eb).wrapping_add(n << 7);
    let first = half(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    format!("{first:016x}{:016x}", half(first))
}

/// SQL with literals.
fn statement(n: u64) -> String {
    format!(
        "SELECT id, handle, display_name FROM users WHERE id = {n} AND expires_at > {} LIMIT 20",
        n * 7_919
    )
}

fn int(key: &str, value: i64) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::IntValue(value)) }),
        ..KeyValue::default()
    }
}
