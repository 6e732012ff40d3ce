//! Names, descriptions and arguments of the tools. The comments on arguments are their descriptions in the schema.

use std::any::Any;

use rmcp::{
    handler::server::tool::schema_for_type,
    model::{Tool, ToolAnnotations},
    schemars::JsonSchema,
};
use serde::Deserialize;

pub(super) const SEARCH_TRACES: &str = "search_traces";
pub(super) const TRACE_OUTLINE: &str = "trace_outline";
pub(super) const DIAGNOSE: &str = "diagnose";
pub(super) const HOPS: &str = "hops";
pub(super) const COMPARE: &str = "compare";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct SearchTraces {
    /// Conditions with spaces between, all of which one span must satisfy. Empty: the newest traces.
    #[serde(default)]
    pub(super) query: String,
    /// Most traces to return: 1 to 50, by default 20.
    #[schemars(range(min = 1, max = 50))]
    pub(super) limit: Option<usize>,
    /// To continue a search: the cursor that the last answer named.
    pub(super) older: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct TraceOutline {
    /// 32 hexadecimal digits.
    pub(super) trace_id: String,
    /// Most rows to return: 1 to 400, by default 100. Failed and long spans are kept, with the spans above them.
    #[schemars(range(min = 1, max = 400))]
    pub(super) max_rows: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Diagnose {
    /// 32 hexadecimal digits. Without it, the newest traces are examined.
    pub(super) trace_id: Option<String>,
    /// Do not wait for spans of the trace that may still arrive. Set it when the request is over and its spans were exported.
    #[serde(default)]
    pub(super) complete: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Hops {
    /// Only calls from or to this service.
    pub(super) service: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Compare {
    /// 32 hexadecimal digits: the trace to start from, for example a fast or successful one.
    pub(super) first: String,
    /// 32 hexadecimal digits: the trace to explain, for example a slow or failed one of the same request.
    pub(super) second: String,
}

/// All tools. None of them changes anything.
pub(super) fn all() -> Vec<Tool> {
    vec![
        tool::<SearchTraces>(
            SEARCH_TRACES,
            "Find traces",
            "Finds traces, newest first: id, start, duration, root, services, errors. Query examples: \
             `service=users status=error`, `duration>500ms`, `http.route=/users/* http.response.status_code>=500`, \
             `trace.duration>1s since=15m`, `root=\"GET /home\"`, `-service=users` (not). Fields: service, name, status \
             (error, ok, unset), kind (server, client, internal, producer, consumer), duration, parent.service, parent.name, \
             root, root.service, trace.duration, trace.spans, trace.errors, trace.service, trace.id, span.id, since, until; any \
             other field is an attribute of the span or its resource. Operators: = (with * as wildcard), !=, ~ (contains), !~, \
             >, >=, <, <=. A word alone is searched in span names. There is no `or`: search twice.",
        ),
        tool::<TraceOutline>(
            TRACE_OUTLINE,
            "Outline of a trace",
            "Shows one trace as an indented tree: service, kind, name, status, duration, start and span id of each row, and in \
             sentences the root cause of its failure, where most of the time was spent, calls that were given up, waits in \
             queues and clocks that differ.",
        ),
        tool::<Diagnose>(
            DIAGNOSE,
            "Why is a trace broken?",
            "Says why traces are broken: missing parents, lost or rewritten context, dropped spans, sampling, wrong clocks, \
             instrumentation twice. With trace_id: the findings about this trace, compared with those that arrived around it. \
             Without: all findings in the newest traces by cause. A finding has a code, the hop (from which service to which), \
             how sure it is (certain, likely, or candidates that cannot be told apart), evidence as values, what would disprove \
             it, and what to change, also in Rust.",
        ),
        tool::<Hops>(
            HOPS,
            "Where is the context lost?",
            "Counts the calls in the newest traces, services by services: how often the trace context arrived (propagated), was \
             lost (both spans were received, in different traces), or is unknown (the callee's span is missing), with the last \
             good and the last bad call.",
        ),
        tool::<Compare>(
            COMPARE,
            "Compare two traces",
            "Compares two traces of the same request by call path: what only one of them has, and how self time and errors \
             differ, most of the time first. Use it to explain why one request was slow or failed and another was not.",
        ),
    ]
}

fn tool<A: JsonSchema + Any>(name: &'static str, title: &str, description: &'static str) -> Tool {
    let annotations =
        ToolAnnotations::from_raw(Some(title.to_owned()), Some(true), Some(false), Some(true), Some(false));
    Tool::new(name, description, schema_for_type::<A>()).with_annotations(annotations)
}
