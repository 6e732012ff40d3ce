//! Findings for a program. Times and durations are nanoseconds; times are strings, as in OTLP JSON.

use doctor::{Evidence, Fact, Finding, Join, SpanRef};
use serde_json::{Value, json};
use trace_model::{Nanos, TraceId};

use super::Selected;

pub(super) fn report(selected: &Selected) -> Value {
    let report = &selected.report;
    json!({
        "broken": selected.is_broken,
        "traces": report.traces,
        "spans": report.spans,
        "tracesLeftOut": report.left_out,
        "findingsAllowed": selected.allowed,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
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
