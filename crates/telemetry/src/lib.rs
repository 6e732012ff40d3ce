//! Tracing for actix-web and reqwest: one call to start, exact spans, nothing lost.
