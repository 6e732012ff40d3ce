//! A bounded store of traces, with its indexes and queries.
