//! Jaeger's legacy JSON, as its trace page and Grafana read it.
