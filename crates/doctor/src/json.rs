//! Findings for programs: the command line and the API write the same. Times and durations are nanoseconds; times are
//! strings, as in OTLP JSON.

use serde_json::{Value, json};
use trace_model::{Nanos, TraceId};

use crate::{Arriving, Evidence, Fact, Finding, HopCount, Join, SpanRef, hops::Example};

/// One finding.
pub fn finding(finding: &Finding) -> Value {
    let seen = &finding.occurrences;
    json!({
        "code": finding.code,
        "severity": finding.severity.as_str(),
        "confidence": finding.confidence.as_str(),
        "candidates": finding.confidence.candidates(),
        "hop": { "from": finding.hop.from, "to": finding.hop.to, "route": finding.hop.route },
        "occurrences": {
            "affected": seen.affected,
            "of": seen.of,
            "firstUnixNano": time(seen.first),
            "lastUnixNano": time(seen.last),
        },
        "summary": finding.summary,
        "evidence": finding.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "disproof": finding.disproof,
        "remedy": finding.remedy,
        "rust": finding.rust,
        "spans": finding.spans.iter().map(span).collect::<Vec<_>>(),
        "joins": finding.joins.iter().map(join).collect::<Vec<_>>(),
    })
}

/// A trace of which something may still arrive.
pub fn arriving(arriving: &Arriving) -> Value {
    json!({
        "traceId": arriving.trace_id.to_string(),
        "lastUnixNano": time(arriving.last),
        "examinedAtUnixNano": time(arriving.examined_at),
        "slowest": arriving.slowest,
        "slowestHeardUnixNano": time(arriving.slowest_heard),
    })
}

/// The calls between two services.
pub fn hop(hop: &HopCount) -> Value {
    json!({
        "from": hop.from,
        "to": hop.to,
        "propagated": hop.propagated,
        "lost": hop.lost,
        "unknown": hop.unknown,
        "lastGood": hop.last_good.as_ref().map(example),
        "lastBad": hop.last_bad.as_ref().map(example),
    })
}

fn example(example: &Example) -> Value {
    json!({
        "caller": span(&example.caller),
        "callee": span(&example.callee),
        "timeUnixNano": time(example.time),
    })
}

fn evidence(evidence: &Evidence) -> Value {
    let (kind, value) = match &evidence.value {
        Fact::Count(count) => ("count", json!(count)),
        Fact::Share { part, of } => ("share", json!({ "part": part, "of": of })),
        Fact::Duration(nanos) => ("durationNanos", json!(nanos)),
        Fact::Time(at) => ("timeUnixNano", json!(time(*at))),
        Fact::Chance(chance) => ("chance", json!(chance)),
        Fact::Text(text) => ("text", json!(text)),
        Fact::Texts(texts) => ("texts", json!(texts)),
        Fact::TraceIds(ids) => ("traceIds", ids.iter().map(TraceId::to_string).collect()),
    };
    json!({ "name": evidence.name, "kind": kind, "value": value })
}

fn join(join: &Join) -> Value {
    json!({ "caller": span(&join.caller), "callee": span(&join.callee) })
}

fn span(span: &SpanRef) -> Value {
    json!({ "traceId": span.trace_id.to_string(), "spanId": span.span_id.to_string() })
}

fn time(time: Nanos) -> String {
    time.as_unix().to_string()
}
