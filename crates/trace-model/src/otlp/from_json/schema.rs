//! OTLP messages as tables: JSON name, protobuf number and type of each field.
//!
//! Names with `instrumentationLibrary` are those of OTLP before 0.19, which Tempo and old collectors wrote.

use super::descriptor::{Kind, Message};

pub(super) static TRACES: Message = Message {
    presence: false,
    name: "an ExportTraceServiceRequest",
    fields: &[("resourceSpans", 1, Kind::Many(&RESOURCE_SPANS))],
};

/// The content of a trace file: `TracesData`, alone or in the envelope of Jaeger (`result`) or Tempo (`trace`,
/// `batches`).
pub(super) static TRACES_FILE: Message = Message {
    presence: false,
    name: "an OTLP trace file",
    fields: &[
        ("resourceSpans", 1, Kind::Many(&RESOURCE_SPANS)),
        ("result", 0, Kind::Inline(&TRACES)),
        ("trace", 0, Kind::Inline(&TRACES)),
        ("batches", 1, Kind::Many(&RESOURCE_SPANS)),
    ],
};

static RESOURCE_SPANS: Message = Message {
    presence: false,
    name: "a ResourceSpans",
    fields: &[
        ("resource", 1, Kind::One(&RESOURCE)),
        ("scopeSpans", 2, Kind::Many(&SCOPE_SPANS)),
        ("instrumentationLibrarySpans", 2, Kind::Many(&SCOPE_SPANS)),
        ("schemaUrl", 3, Kind::Text),
    ],
};

pub(super) static LOGS: Message = Message {
    presence: false,
    name: "an ExportLogsServiceRequest",
    fields: &[("resourceLogs", 1, Kind::Many(&RESOURCE_LOGS))],
};

static RESOURCE_LOGS: Message = Message {
    presence: false,
    name: "a ResourceLogs",
    fields: &[
        ("resource", 1, Kind::One(&RESOURCE)),
        ("scopeLogs", 2, Kind::Many(&SCOPE_LOGS)),
        ("instrumentationLibraryLogs", 2, Kind::Many(&SCOPE_LOGS)),
        ("schemaUrl", 3, Kind::Text),
    ],
};

static SCOPE_LOGS: Message = Message {
    presence: false,
    name: "a ScopeLogs",
    fields: &[
        ("scope", 1, Kind::One(&SCOPE)),
        ("instrumentationLibrary", 1, Kind::One(&SCOPE)),
        ("logRecords", 2, Kind::Many(&LOG_RECORD)),
        ("schemaUrl", 3, Kind::Text),
    ],
};

static LOG_RECORD: Message = Message {
    presence: false,
    name: "a LogRecord",
    fields: &[
        ("timeUnixNano", 1, Kind::Time),
        ("severityNumber", 2, Kind::Enum(SEVERITIES)),
        ("severityText", 3, Kind::Text),
        ("body", 5, Kind::One(&ANY_VALUE)),
        ("attributes", 6, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 7, Kind::Uint32),
        ("flags", 8, Kind::Fixed32),
        ("traceId", 9, Kind::Id),
        ("spanId", 10, Kind::Id),
        ("observedTimeUnixNano", 11, Kind::Time),
        ("eventName", 12, Kind::Text),
    ],
};

static RESOURCE: Message = Message {
    presence: false,
    name: "a Resource",
    fields: &[("attributes", 1, Kind::Many(&KEY_VALUE)), ("droppedAttributesCount", 2, Kind::Uint32)],
};

static SCOPE_SPANS: Message = Message {
    presence: false,
    name: "a ScopeSpans",
    fields: &[
        ("scope", 1, Kind::One(&SCOPE)),
        ("instrumentationLibrary", 1, Kind::One(&SCOPE)),
        ("spans", 2, Kind::Many(&SPAN)),
        ("schemaUrl", 3, Kind::Text),
    ],
};

static SCOPE: Message = Message {
    presence: false,
    name: "an InstrumentationScope",
    fields: &[
        ("name", 1, Kind::Text),
        ("version", 2, Kind::Text),
        ("attributes", 3, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 4, Kind::Uint32),
    ],
};

static SPAN: Message = Message {
    presence: false,
    name: "a Span",
    fields: &[
        ("traceId", 1, Kind::Id),
        ("spanId", 2, Kind::Id),
        ("traceState", 3, Kind::Text),
        ("parentSpanId", 4, Kind::Id),
        ("name", 5, Kind::Text),
        ("kind", 6, Kind::Enum(SPAN_KINDS)),
        ("startTimeUnixNano", 7, Kind::Time),
        ("endTimeUnixNano", 8, Kind::Time),
        ("attributes", 9, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 10, Kind::Uint32),
        ("events", 11, Kind::Many(&EVENT)),
        ("droppedEventsCount", 12, Kind::Uint32),
        ("links", 13, Kind::Many(&LINK)),
        ("droppedLinksCount", 14, Kind::Uint32),
        ("status", 15, Kind::One(&STATUS)),
        ("flags", 16, Kind::Fixed32),
    ],
};

static EVENT: Message = Message {
    presence: false,
    name: "an Event",
    fields: &[
        ("timeUnixNano", 1, Kind::Time),
        ("name", 2, Kind::Text),
        ("attributes", 3, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 4, Kind::Uint32),
    ],
};

static LINK: Message = Message {
    presence: false,
    name: "a Link",
    fields: &[
        ("traceId", 1, Kind::Id),
        ("spanId", 2, Kind::Id),
        ("traceState", 3, Kind::Text),
        ("attributes", 4, Kind::Many(&KEY_VALUE)),
        ("droppedAttributesCount", 5, Kind::Uint32),
        ("flags", 6, Kind::Fixed32),
    ],
};

static STATUS: Message = Message {
    presence: false,
    name: "a Status",
    fields: &[("message", 2, Kind::Text), ("code", 3, Kind::Enum(STATUS_CODES))],
};

static KEY_VALUE: Message = Message {
    presence: false,
    name: "a KeyValue",
    fields: &[("key", 1, Kind::Text), ("value", 2, Kind::One(&ANY_VALUE))],
};

static ANY_VALUE: Message = Message {
    presence: true,
    name: "an AnyValue",
    fields: &[
        ("stringValue", 1, Kind::Text),
        ("boolValue", 2, Kind::Bool),
        ("intValue", 3, Kind::Int64),
        ("doubleValue", 4, Kind::Double),
        ("arrayValue", 5, Kind::One(&ARRAY)),
        ("kvlistValue", 6, Kind::One(&MAP)),
        ("bytesValue", 7, Kind::Base64),
    ],
};

static ARRAY: Message =
    Message { presence: false, name: "an ArrayValue", fields: &[("values", 1, Kind::Many(&ANY_VALUE))] };
static MAP: Message =
    Message { presence: false, name: "a KeyValueList", fields: &[("values", 1, Kind::Many(&KEY_VALUE))] };

const SPAN_KINDS: &[&str] = &[
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUS_CODES: &[&str] = &["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

const SEVERITIES: &[&str] = &[
    "SEVERITY_NUMBER_UNSPECIFIED",
    "SEVERITY_NUMBER_TRACE",
    "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",
    "SEVERITY_NUMBER_TRACE4",
    "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",
    "SEVERITY_NUMBER_DEBUG3",
    "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",
    "SEVERITY_NUMBER_INFO2",
    "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",
    "SEVERITY_NUMBER_WARN",
    "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",
    "SEVERITY_NUMBER_WARN4",
    "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",
    "SEVERITY_NUMBER_ERROR3",
    "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",
    "SEVERITY_NUMBER_FATAL2",
    "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4",
];
