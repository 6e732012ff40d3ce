//! Real processes on free ports, an OTLP sink, assertions over traces.
