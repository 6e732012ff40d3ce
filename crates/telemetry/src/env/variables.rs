//! The list of variables: the code, the documentation and the tests are made from it.

/// One environment variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Variable {
    /// As it is written in the environment.
    pub name: &'static str,
    /// What holds when it is unset or empty; empty where there is no default.
    pub default: &'static str,
    /// What it does, in a few words.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($id:ident = $name:literal, $default:literal, $meaning:literal;)+) => {
        $(
            pub(super) const $id: Variable = Variable { name: $name, default: $default, meaning: $meaning };
        )+

        /// Every variable that [`init`](crate::init) reads.
        ///
        /// Empty counts as unset; a boolean is true only for `true` in any case; a bad value is warned about and
        /// ignored. `OTEL_EXPORTER_OTLP_*` also exist with `TRACES_`, `METRICS_` or `LOGS_` behind `OTLP_`, and that form wins.
        ///
        /// | variable | default | meaning |
        /// |---|---|---|
        $(
            #[doc = concat!("| `", $name, "` | ", $default, " | ", $meaning, " |")]
        )+
        pub const VARIABLES: &[Variable] = &[$($id),+];
    };
}

variables! {
    SDK_DISABLED = "OTEL_SDK_DISABLED", "false", "record nothing; contexts that come in are still passed on";
    SERVICE_NAME = "OTEL_SERVICE_NAME", "", "`service.name`, before all else";
    RESOURCE_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES", "", "`key=value,key=value`, percent-decoded";
    LOG_LEVEL = "OTEL_LOG_LEVEL", "info", "what this crate prints of itself: off, error, warn, info, debug, trace";
    PROPAGATORS = "OTEL_PROPAGATORS", "tracecontext,baggage", "any of tracecontext, baggage, b3, b3multi, xray; or none";
    TRACES_SAMPLER = "OTEL_TRACES_SAMPLER", "parentbased_always_on", "or always_on, always_off, traceidratio, parentbased_always_off, parentbased_traceidratio";
    TRACES_SAMPLER_ARG = "OTEL_TRACES_SAMPLER_ARG", "1.0", "the share of a ratio, from 0 to 1";
    TRACES_EXPORTER = "OTEL_TRACES_EXPORTER", "otlp", "or console, none";
    METRICS_EXPORTER = "OTEL_METRICS_EXPORTER", "otlp", "or console, none";
    LOGS_EXPORTER = "OTEL_LOGS_EXPORTER", "otlp", "or console, none";
    OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318", "a base, to which `/v1/traces` is added; the form of one signal is used as it is";
    OTLP_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "or http/json, grpc (the crate's feature `grpc`, on by default); at port 4317";
    OTLP_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS", "", "`key=value,key=value`, percent-decoded";
    OTLP_COMPRESSION = "OTEL_EXPORTER_OTLP_COMPRESSION", "none", "or gzip";
    OTLP_TIMEOUT = "OTEL_EXPORTER_OTLP_TIMEOUT", "10000", "milliseconds for one request";
    OTLP_INSECURE = "OTEL_EXPORTER_OTLP_INSECURE", "false", "grpc alone: no TLS where the endpoint has no scheme";
    OTLP_CERTIFICATE = "OTEL_EXPORTER_OTLP_CERTIFICATE", "", "a PEM file: the authorities to trust, in place of the built-in ones";
    OTLP_CLIENT_KEY = "OTEL_EXPORTER_OTLP_CLIENT_KEY", "", "a PEM file: the client's key";
    OTLP_CLIENT_CERTIFICATE = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "", "a PEM file: the client's certificates";
    BSP_SCHEDULE_DELAY = "OTEL_BSP_SCHEDULE_DELAY", "5000", "milliseconds until a batch of spans that is not full leaves";
    BSP_EXPORT_TIMEOUT = "OTEL_BSP_EXPORT_TIMEOUT", "30000", "milliseconds for all attempts at one batch of spans";
    BSP_MAX_QUEUE_SIZE = "OTEL_BSP_MAX_QUEUE_SIZE", "2048", "spans that may wait; more are dropped and counted";
    BSP_MAX_EXPORT_BATCH_SIZE = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512", "spans in a request";
    BLRP_SCHEDULE_DELAY = "OTEL_BLRP_SCHEDULE_DELAY", "1000", "the same four for log records";
    BLRP_EXPORT_TIMEOUT = "OTEL_BLRP_EXPORT_TIMEOUT", "30000", "milliseconds";
    BLRP_MAX_QUEUE_SIZE = "OTEL_BLRP_MAX_QUEUE_SIZE", "2048", "records";
    BLRP_MAX_EXPORT_BATCH_SIZE = "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "512", "records";
    ATTRIBUTE_VALUE_LENGTH_LIMIT = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "", "characters of a text value; longer ones are cut";
    ATTRIBUTE_COUNT_LIMIT = "OTEL_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of anything";
    SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "", "the same for spans, and wins there";
    SPAN_ATTRIBUTE_COUNT_LIMIT = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "128", "the same for spans, and wins there";
    SPAN_EVENT_COUNT_LIMIT = "OTEL_SPAN_EVENT_COUNT_LIMIT", "128", "events of a span";
    SPAN_LINK_COUNT_LIMIT = "OTEL_SPAN_LINK_COUNT_LIMIT", "128", "links of a span";
    EVENT_ATTRIBUTE_COUNT_LIMIT = "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of an event";
    LINK_ATTRIBUTE_COUNT_LIMIT = "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of a link";
    METRIC_EXPORT_INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL", "60000", "milliseconds between two exports of metrics";
    METRIC_EXPORT_TIMEOUT = "OTEL_METRIC_EXPORT_TIMEOUT", "30000", "milliseconds for one export of metrics";
    INBOUND = "TELEMETRY_INBOUND", "continue", "what a context from outside means: continue it; link: a new root that links to it; ignore";
    BAGGAGE_ALLOW = "TELEMETRY_BAGGAGE_ALLOW", "", "the baggage keys that are accepted from outside, by commas; `*` for all";
    OWN_HOSTS = "TELEMETRY_OWN_HOSTS", "", "hosts that baggage may go to beside loopback and names without a dot: `api.example.org,.example.net`";
}
