"""The keys and types of the Collector's components that this repository configures.

From `config.schema.yaml` and `config.go` of each component: opentelemetry-collector at the tag VERSION, and
opentelemetry-collector-contrib, whose keys here are older than VERSION. A component that is not in COMPONENTS, a key that
is not in its table, or a value of another type is a fault.

A type is a dict of keys, a list with the type of its items, a set of allowed words, or the name of a scalar:
string, boolean, integer, number, duration, address (host:port), url, or map (of strings).
"""

import re

VERSION = "0.158.0"

SCALARS = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "duration": lambda value: isinstance(value, str) and re.fullmatch(r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+|0", value),
    "address": lambda value: isinstance(value, str) and re.fullmatch(r"[\w.${}:-]+:(\d{1,5}|\$\{env:\w+\})", value),
    "url": lambda value: isinstance(value, str) and re.match(r"(https?|tcp|clickhouse)://[\w.$-]|\$\{env:", value),
    "map": lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
}

TLS_CLIENT = {
    "insecure": "boolean",
    "insecure_skip_verify": "boolean",
    "server_name_override": "string",
    "ca_file": "string",
    "cert_file": "string",
    "key_file": "string",
    "min_version": "string",
    "max_version": "string",
    "reload_interval": "duration",
}
RETRY = {
    "enabled": "boolean",
    "initial_interval": "duration",
    "max_interval": "duration",
    "max_elapsed_time": "duration",
    "multiplier": "number",
    "randomization_factor": "number",
}
QUEUE = {
    "enabled": "boolean",
    "num_consumers": "integer",
    "queue_size": "integer",
    "block_on_overflow": "boolean",
    "wait_for_result": "boolean",
    "sizer": {"requests", "items", "bytes"},
    "batch": {
        "flush_timeout": "duration",
        "min_size": "integer",
        "max_size": "integer",
        "sizer": {"requests", "items", "bytes"},
    },
}
HTTP_SERVER = {
    "endpoint": "address",
    "max_request_body_size": "integer",
    "include_metadata": "boolean",
    "keep_alives_enabled": "boolean",
    "read_timeout": "duration",
    "read_header_timeout": "duration",
    "write_timeout": "duration",
    "idle_timeout": "duration",
    "response_headers": "map",
    "cors": {"allowed_origins": ["string"], "allowed_headers": ["string"], "max_age": "integer"},
}
GRPC_SERVER = {
    "endpoint": "address",
    "transport": "string",
    "max_recv_msg_size_mib": "integer",
    "max_concurrent_streams": "integer",
    "include_metadata": "boolean",
    "keepalive": {
        "server_parameters": {
            "max_connection_age": "duration",
            "max_connection_age_grace": "duration",
            "max_connection_idle": "duration",
            "time": "duration",
            "timeout": "duration",
        },
        "enforcement_policy": {"min_time": "duration", "permit_without_stream": "boolean"},
    },
}
HTTP_CLIENT = {
    "endpoint": "url",
    "headers": "map",
    "compression": {"gzip", "zstd", "snappy", "zlib", "deflate", "lz4", "none"},
    "timeout": "duration",
    "tls": TLS_CLIENT,
    "auth": {"authenticator": "string"},
    "proxy_url": "url",
    "max_conns_per_host": "integer",
    "idle_conn_timeout": "duration",
}
GRPC_CLIENT = {
    "endpoint": "address",
    "headers": "map",
    "compression": {"gzip", "zstd", "snappy", "none"},
    "tls": TLS_CLIENT,
    "auth": {"authenticator": "string"},
    "balancer_name": {"round_robin", "pick_first"},
    "wait_for_ready": "boolean",
}
POLICY = {
    "name": "string",
    "type": {"always_sample", "latency", "probabilistic", "rate_limiting", "status_code", "string_attribute"},
    "status_code": {"status_codes": [{"ERROR", "OK", "UNSET"}]},
    "latency": {"threshold_ms": "integer", "upper_threshold_ms": "integer"},
    "probabilistic": {"hash_salt": "string", "sampling_percentage": "number"},
    "rate_limiting": {"spans_per_second": "integer"},
    "string_attribute": {"key": "string", "values": ["string"], "invert_match": "boolean"},
}
DIMENSION = {"name": "string", "default": "string"}

COMPONENTS = {
    "extensions": {
        "health_check": HTTP_SERVER | {"path": "string"},
        "sigv4auth": {
            "region": "string",
            "service": "string",
            "assume_role": {"arn": "string", "session_name": "string", "sts_region": "string"},
        },
    },
    "receivers": {
        "otlp": {
            "protocols": {
                "http": HTTP_SERVER
                | {"traces_url_path": "string", "metrics_url_path": "string", "logs_url_path": "string"},
                "grpc": GRPC_SERVER,
            }
        },
    },
    "processors": {
        "memory_limiter": {
            "check_interval": "duration",
            "limit_mib": "integer",
            "spike_limit_mib": "integer",
            "limit_percentage": "integer",
            "spike_limit_percentage": "integer",
        },
        "batch": {
            "timeout": "duration",
            "send_batch_size": "integer",
            "send_batch_max_size": "integer",
            "metadata_keys": ["string"],
            "metadata_cardinality_limit": "integer",
        },
        "redaction": {
            "allow_all_keys": "boolean",
            "allowed_keys": ["string"],
            "ignored_keys": ["string"],
            "ignored_key_patterns": ["string"],
            "blocked_key_patterns": ["string"],
            "blocked_values": ["string"],
            "allowed_values": ["string"],
            "redact_all_types": "boolean",
            "hash_function": {"sha1", "sha3", "md5"},
            "summary": {"debug", "info", "silent"},
        },
        "tail_sampling": {
            "decision_wait": "duration",
            "num_traces": "integer",
            "expected_new_traces_per_sec": "integer",
            "decision_cache": {"sampled_cache_size": "integer", "non_sampled_cache_size": "integer"},
            "policies": [POLICY],
        },
    },
    "connectors": {
        "spanmetrics": {
            "namespace": "string",
            "histogram": {
                "disable": "boolean",
                "unit": {"ms", "s"},
                "explicit": {"buckets": ["duration"]},
                "exponential": {"max_size": "integer"},
                "dimensions": [DIMENSION],
            },
            "dimensions": [DIMENSION],
            "exclude_dimensions": ["string"],
            "exemplars": {"enabled": "boolean", "max_per_data_point": "integer"},
            "aggregation_cardinality_limit": "integer",
            "aggregation_temporality": {"AGGREGATION_TEMPORALITY_CUMULATIVE", "AGGREGATION_TEMPORALITY_DELTA"},
            "metrics_flush_interval": "duration",
            "metrics_expiration": "duration",
            "resource_metrics_key_attributes": ["string"],
        },
    },
    "exporters": {
        "otlp_http": HTTP_CLIENT
        | {
            "traces_endpoint": "url",
            "metrics_endpoint": "url",
            "logs_endpoint": "url",
            "encoding": {"proto", "json"},
            "retry_on_failure": RETRY,
            "sending_queue": QUEUE,
        },
        "loadbalancing": {
            "routing_key": {"traceID", "service"},
            "protocol": {
                "otlp": GRPC_CLIENT | {"timeout": "duration", "retry_on_failure": RETRY, "sending_queue": QUEUE}
            },
            "resolver": {
                "dns": {"hostname": "string", "port": "string", "interval": "duration", "timeout": "duration"},
                "static": {"hostnames": ["address"]},
            },
            "timeout": "duration",
            "retry_on_failure": RETRY,
            "sending_queue": QUEUE,
        },
        "prometheus": HTTP_SERVER
        | {
            "namespace": "string",
            "send_timestamps": "boolean",
            "metric_expiration": "duration",
            "enable_open_metrics": "boolean",
            "resource_to_telemetry_conversion": {"enabled": "boolean"},
        },
        "clickhouse": {
            "endpoint": "url",
            "database": "string",
            "username": "string",
            "password": "string",
            "ttl": "duration",
            "create_schema": "boolean",
            "async_insert": "boolean",
            "compress": {"none", "zstd", "lz4", "gzip", "deflate", "br", "true"},
            "traces_table_name": "string",
            "logs_table_name": "string",
            "timeout": "duration",
            "retry_on_failure": RETRY,
            "sending_queue": QUEUE,
        },
    },
}
SERVICE = {
    "extensions": ["string"],
    "pipelines": "any",
    "telemetry": {
        "logs": {"level": {"debug", "info", "warn", "error"}},
        "metrics": {
            "level": {"none", "basic", "normal", "detailed"},
            "readers": [{"pull": {"exporter": {"prometheus": {"host": "string", "port": "integer"}}}}],
        },
        "resource": "map",
    },
}


def faults(value, kind, path):
    """Yields what is wrong with a value, as `path: fault`."""
    if kind == "any" or (isinstance(value, str) and re.fullmatch(r"\$\{env:\w+(:-[^}]*)?\}", value)):
        return
    if isinstance(kind, dict):
        if value is None:
            return
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is not a map"
            return
        for key, inner in value.items():
            if key in kind:
                yield from faults(inner, kind[key], f"{path}.{key}")
            else:
                yield f"{path}: no such key: `{key}`"
    elif isinstance(kind, list):
        if not isinstance(value, list):
            yield f"{path}: {value!r} is not a list"
            return
        for index, inner in enumerate(value):
            yield from faults(inner, kind[0], f"{path}[{index}]")
    elif isinstance(kind, set):
        if value not in kind:
            yield f"{path}: {value!r} is none of {', '.join(sorted(kind))}"
    elif not SCALARS[kind](value):
        yield f"{path}: {value!r} is no {kind}"
