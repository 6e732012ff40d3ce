"""The keys of the files that Prometheus, Tempo and Grafana read here, as collector_keys.py describes the Collector's.

Prometheus: `configuration.md` in its repository, at the tag v3.13.2. Tempo: `manifest.md`, at the tag v2.10.8. Grafana: the
example in its documentation of provisioning, and the page of the Prometheus data source.
"""

VERSIONS = {
    "prom/prometheus": "v3.13.2",
    "grafana/tempo": "2.10.8",
    "grafana/grafana": "11.6.1",
    "jaegertracing/jaeger": "2.20.0",
    "victoriametrics/victoria-traces": "v0.8.2",
    "clickhouse/clickhouse-server": "25.8.32.4",
}

# The ports that an image opens without configuration: EXPOSE in its Dockerfile, or its documentation.
PORTS = {
    "jaeger": {16686, 4317, 4318},
    "prometheus": {9090},
    "grafana": {3000},
    "clickhouse": {8123, 9000},
}

PROMETHEUS = {
    "global": {
        "scrape_interval": "duration",
        "scrape_timeout": "duration",
        "evaluation_interval": "duration",
        "external_labels": "map",
    },
    "scrape_configs": [
        {
            "job_name": "string",
            "scrape_interval": "duration",
            "scrape_timeout": "duration",
            "metrics_path": "string",
            "honor_labels": "boolean",
            "honor_timestamps": "boolean",
            "scheme": {"http", "https"},
            "static_configs": [{"targets": ["address"], "labels": "map"}],
        }
    ],
    "storage": {"exemplars": {"max_exemplars": "integer"}},
}

TEMPO = {
    "server": {"http_listen_port": "integer", "grpc_listen_port": "integer", "log_level": "string"},
    "distributor": {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": "address"}, "grpc": {"endpoint": "address"}}}}
    },
    "compactor": {"compaction": {"block_retention": "duration"}},
    "storage": {
        "trace": {
            "backend": {"local", "s3", "gcs", "azure"},
            "wal": {"path": "string"},
            "local": {"path": "string"},
        }
    },
    "usage_report": {"reporting_enabled": "boolean"},
}

DATASOURCES = {
    "apiVersion": "integer",
    "datasources": [
        {
            "name": "string",
            "uid": "string",
            "type": {"prometheus", "jaeger", "tempo"},
            "access": {"proxy"},
            "url": "url",
            "isDefault": "boolean",
            "editable": "boolean",
            "jsonData": {
                "httpMethod": {"POST", "GET"},
                "timeInterval": "duration",
                "exemplarTraceIdDestinations": [
                    {"name": "string", "datasourceUid": "string", "url": "string", "urlDisplayName": "string"}
                ],
            },
        }
    ],
}

DASHBOARD_PROVIDERS = {
    "apiVersion": "integer",
    "providers": [{"name": "string", "type": {"file"}, "options": {"path": "string"}}],
}

# Sections and keys of Grafana's configuration, as GF_SECTION_KEY.
GRAFANA_VARIABLES = {
    "GF_AUTH_ANONYMOUS_ENABLED",
    "GF_AUTH_ANONYMOUS_ORG_ROLE",
    "GF_AUTH_DISABLE_LOGIN_FORM",
    "GF_ANALYTICS_REPORTING_ENABLED",
    "GF_ANALYTICS_CHECK_FOR_UPDATES",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
    "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH",
}
