//! The trace store and page: OTLP receivers, query API, user interface.
