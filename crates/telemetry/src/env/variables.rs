//! The list of environment variables, from which code, documentation and tests are generated.

/// One environment variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The value that applies when it is unset or empty. Empty if there is none.
    pub default: &'static str,
    /// What it configures, in a few words.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($id:ident = $name:literal, $default:literal, $meaning:literal;)+) => {
        $(
            pub(crate) const $id: Variable = Variable { name: $name, default: $default, meaning: $meaning };
        )+

        /// Every variable that [`init`](crate::init) reads.
        ///
        /// An empty variable counts as unset. A boolean is true only for `true`, in any case. An invalid value is
        /// ignored with a warning. Each `OTEL_EXPORTER_OTLP_*` also exists with `TRACES_`, `METRICS_` or `LOGS_` after
        /// `OTLP_`, which overrides it.
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
    SDK_DISABLED = "OTEL_SDK_DISABLED", "false", "record nothing; incoming contexts are still propagated";
    SERVICE_NAME = "OTEL_SERVICE_NAME", "", "`service.name`; overrides all other sources";
    RESOURCE_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES", "", "`key=value,key=value`, percent-decoded";
    LOG_LEVEL = "OTEL_LOG_LEVEL", "info", "level of this crate's own log lines: off, error, warn, info, debug, trace";
    PROPAGATORS = "OTEL_PROPAGATORS", "tracecontext,baggage",
        "any of tracecontext, baggage, b3, b3multi, xray; or none";
    TRACES_SAMPLER = "OTEL_TRACES_SAMPLER", "parentbased_always_on",
        "or always_on, always_off, traceidratio, parentbased_always_off, parentbased_traceidratio; xray: by rules of AWS X-Ray \
         (the crate's feature `xray`)";
    TRACES_SAMPLER_ARG = "OTEL_TRACES_SAMPLER_ARG", "1.0", "the sampled share of traces for a ratio, from 0 to 1; for xray `endpoint=http://127.0.0.1:2000,polling_interval=300`";
    TRACES_EXPORTER = "OTEL_TRACES_EXPORTER", "otlp", "or console, none";
    METRICS_EXPORTER = "OTEL_METRICS_EXPORTER", "otlp", "or console, none";
    LOGS_EXPORTER = "OTEL_LOGS_EXPORTER", "otlp", "or console, none";
    OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318",
        "a base URL, to which `/v1/traces` is added; the form of one signal is used unchanged";
    OTLP_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
        "or http/json, grpc (the crate's feature `grpc`, on by default); at port 4317";
    OTLP_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS", "", "`key=value,key=value`, percent-decoded";
    OTLP_COMPRESSION = "OTEL_EXPORTER_OTLP_COMPRESSION", "none", "or gzip";
    OTLP_TIMEOUT = "OTEL_EXPORTER_OTLP_TIMEOUT", "10000", "time limit of one request in milliseconds";
    OTLP_INSECURE = "OTEL_EXPORTER_OTLP_INSECURE", "false", "grpc only: no TLS when the endpoint has no scheme";
    OTLP_CERTIFICATE = "OTEL_EXPORTER_OTLP_CERTIFICATE", "",
        "a PEM file of root certificates, which replace the built-in ones";
    OTLP_CLIENT_KEY = "OTEL_EXPORTER_OTLP_CLIENT_KEY", "", "a PEM file with the client's key";
    OTLP_CLIENT_CERTIFICATE = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "", "a PEM file with the client's certificates";
    BSP_SCHEDULE_DELAY = "OTEL_BSP_SCHEDULE_DELAY", "5000",
        "milliseconds until a batch of spans that is not full is exported";
    BSP_EXPORT_TIMEOUT = "OTEL_BSP_EXPORT_TIMEOUT", "",
        "milliseconds for all attempts to export one batch of spans; if unset, 30000, or 300000 while less than half of the \
         queue is used";
    BSP_MAX_QUEUE_SIZE = "OTEL_BSP_MAX_QUEUE_SIZE", "131072",
        "spans in the queue; further ones are dropped and counted";
    BSP_MAX_EXPORT_BATCH_SIZE = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512", "spans per request";
    BLRP_SCHEDULE_DELAY = "OTEL_BLRP_SCHEDULE_DELAY", "1000", "the same four for log records: milliseconds";
    BLRP_EXPORT_TIMEOUT = "OTEL_BLRP_EXPORT_TIMEOUT", "30000", "milliseconds";
    BLRP_MAX_QUEUE_SIZE = "OTEL_BLRP_MAX_QUEUE_SIZE", "2048", "records";
    BLRP_MAX_EXPORT_BATCH_SIZE = "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "512", "records";
    ATTRIBUTE_VALUE_LENGTH_LIMIT = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "",
        "characters of a text value; longer ones are truncated";
    ATTRIBUTE_COUNT_LIMIT = "OTEL_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of a span, event, link or log record";
    SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "",
        "the same for spans, overrides the above";
    SPAN_ATTRIBUTE_COUNT_LIMIT = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "128", "the same for spans, overrides the above";
    LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT = "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "16384",
        "the same for log records, overrides the above";
    LOGRECORD_ATTRIBUTE_COUNT_LIMIT = "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "128",
        "the same for log records, overrides the above";
    SPAN_EVENT_COUNT_LIMIT = "OTEL_SPAN_EVENT_COUNT_LIMIT", "128", "events of a span";
    SPAN_LINK_COUNT_LIMIT = "OTEL_SPAN_LINK_COUNT_LIMIT", "128", "links of a span";
    EVENT_ATTRIBUTE_COUNT_LIMIT = "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of an event";
    LINK_ATTRIBUTE_COUNT_LIMIT = "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "128", "attributes of a link";
    METRIC_EXPORT_INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL", "60000", "milliseconds between two exports of metrics";
    METRIC_EXPORT_TIMEOUT = "OTEL_METRIC_EXPORT_TIMEOUT", "30000", "milliseconds for one export of metrics";
    QUEUE_BYTES = "TELEMETRY_QUEUE_BYTES", "67108864",
        "bytes of encoded spans in the queue of each destination; further spans are dropped and counted";
    INBOUND = "TELEMETRY_INBOUND", "continue",
        "an incoming context: continue its trace; link: start a new trace that links to it; ignore it";
    BAGGAGE_ALLOW = "TELEMETRY_BAGGAGE_ALLOW", "",
        "keys of incoming baggage that are accepted, separated by commas; `*` for all";
    FILTER = "TELEMETRY_FILTER", "info",
        "spans and events that are traced: levels and `target=level`, separated by commas; spans of requests, calls and \
         statements always are";
    OWN_HOSTS = "TELEMETRY_OWN_HOSTS", "",
        "hosts that baggage may be sent to, beside loopback and names without a dot: `api.example.org,.example.net`";
    HONEYCOMB_API_KEY = "HONEYCOMB_API_KEY", "",
        "sends traces, logs and metrics to Honeycomb, beside the endpoint that `OTEL_EXPORTER_OTLP_*` names";
    HONEYCOMB_API_ENDPOINT = "HONEYCOMB_API_ENDPOINT", "",
        "otherwise `https://api.honeycomb.io`; in the EU `https://api.eu1.honeycomb.io`";
    HONEYCOMB_DATASET = "HONEYCOMB_DATASET", "",
        "the dataset of a classic key; otherwise `service.name`. Other keys derive it from `service.name`";
    HONEYCOMB_CONFIGURATION_KEY = "HONEYCOMB_CONFIGURATION_KEY", "",
        "the key that sets markers, with the permission Manage Markers; otherwise `HONEYCOMB_API_KEY`";
    HONEYCOMB_METRICS_DATASET = "HONEYCOMB_METRICS_DATASET", "metrics", "the dataset of metrics in Honeycomb";
    ROLLBAR_ACCESS_TOKEN = "ROLLBAR_ACCESS_TOKEN", "",
        "reports errors to Rollbar (the crate's feature `rollbar`): a project's token with the scope post_server_item";
    ROLLBAR_ENDPOINT = "ROLLBAR_ENDPOINT", "",
        "where items are sent to; otherwise `https://api.rollbar.com/api/1/item/`";
    ROLLBAR_ENVIRONMENT = "ROLLBAR_ENVIRONMENT", "",
        "the environment of items; otherwise the resource's `deployment.environment.name`, or else `production`";
    ROLLBAR_CODE_VERSION = "ROLLBAR_CODE_VERSION", "", "a commit or version; otherwise `service.version`";
    ROLLBAR_SCRUB_FIELDS = "ROLLBAR_SCRUB_FIELDS", "",
        "names of fields and parameters that are never sent, separated by commas, beside the built-in ones";
    XRAY = "TELEMETRY_XRAY", "",
        "sends spans to AWS X-Ray, too (the crate's feature `xray`): otlp: to its OTLP endpoint, signed; daemon: segment \
         documents to its daemon";
    AWS_REGION = "AWS_REGION", "", "the region that requests to X-Ray are signed for, and of its endpoint";
    AWS_DEFAULT_REGION = "AWS_DEFAULT_REGION", "", "the same; `AWS_REGION` overrides it";
    AWS_ENDPOINT_URL_XRAY = "AWS_ENDPOINT_URL_XRAY", "",
        "a base URL in place of `https://xray.<region>.amazonaws.com`, such as that of a VPC endpoint";
    AWS_XRAY_DAEMON_ADDRESS = "AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000",
        "`host:port` of the X-Ray daemon, or `tcp:host:port udp:host:port`";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", "", "credentials for X-Ray; otherwise a profile, the container or the instance";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", "", "the secret of `AWS_ACCESS_KEY_ID`";
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN", "", "the session token of temporary credentials";
    AWS_PROFILE = "AWS_PROFILE", "default", "the profile in the shared credentials file";
    AWS_SHARED_CREDENTIALS_FILE = "AWS_SHARED_CREDENTIALS_FILE", "", "that file; otherwise `~/.aws/credentials`";
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "",
        "the path of a task's credentials on ECS";
    AWS_CONTAINER_CREDENTIALS_FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "",
        "the URL of a pod's credentials on EKS: https, loopback, or an address of ECS or EKS";
    AWS_CONTAINER_AUTHORIZATION_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "",
        "the header Authorization of requests to that URL";
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "",
        "a file with it, read for each request; overrides the above";
    AWS_WEB_IDENTITY_TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE", "",
        "not supported (roles for service accounts on EKS): the instance's role is not used in its place";
    AWS_EC2_METADATA_SERVICE_ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254",
        "the base URL of the instance metadata service (IMDSv2)";
    AWS_EC2_METADATA_DISABLED = "AWS_EC2_METADATA_DISABLED", "false", "never ask the instance metadata service";
    HTTPS_PROXY = "HTTPS_PROXY", "",
        "an http proxy for https destinations, but loopback and names without a dot: `http://user:password@host:port`";
    HTTPS_PROXY_LOWER_CASE = "https_proxy", "", "the same";
    HTTP_PROXY = "HTTP_PROXY", "", "the same for http destinations";
    HTTP_PROXY_LOWER_CASE = "http_proxy", "", "the same";
    NO_PROXY = "NO_PROXY", "", "hosts, domains and networks that are reached directly, separated by commas; `*` for all";
    NO_PROXY_LOWER_CASE = "no_proxy", "", "the same";
    SSL_CERT_FILE = "SSL_CERT_FILE", "",
        "a PEM file of root certificates for all destinations, which replace the built-in ones";
}
