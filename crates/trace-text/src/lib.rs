//! A trace as text, for a terminal and for agents.
//!
//! | module | content |
//! |---|---|
//! | [`view`] | the rows, built from spans and their analysis |
//! | [`findings`] | what the analysis found, as sentences |
//! | [`outline`](mod@outline) | the rows and the sentences within a number of lines, the most important ones first |
//! | [`comparison`] | what differs between two traces, by call path |
//! | [`text`] | untrusted text as one line without control characters, and its width |
//! | [`duration`](mod@duration) | durations with three significant digits |
//!
//! Pure: no I/O, no colours. [`trace_model::analysis`] judges; this crate only words it.

pub mod comparison;
pub mod duration;
pub mod findings;
pub mod outline;
pub mod text;
pub mod view;

pub use comparison::compare;
pub use duration::duration;
pub use findings::Finding;
pub use outline::{Outline, outline};
pub use view::{NotOtlp, Row, RowError, View};
