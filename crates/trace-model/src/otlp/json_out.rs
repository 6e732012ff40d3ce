//! OTLP JSON out: `TracesData` as the specification's JSON mapping has it.
