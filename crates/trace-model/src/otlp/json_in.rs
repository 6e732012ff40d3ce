//! OTLP JSON in.
