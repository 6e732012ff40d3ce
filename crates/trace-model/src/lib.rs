//! What a trace is: ids, spans, OTLP decoding, the tree; pure, no I/O.
