//! Segment documents: finished spans as the JSON that X-Ray's daemon takes
//! (<https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>).
//!
//! The mapping follows the `awsxray` exporter of the OpenTelemetry Collector where the documentation leaves a choice.
//!
//! - `documents`: the spans of a batch as documents, subsegments within their segment where both are in the batch
//! - `document`: the fields of one span, of which `http`, `sql`, `cause` (with its `stack`), `annotations`, `name` and
//!   `origin` are parts; `attributes`: attributes as JSON
//! - `fit`: the size of a document

mod annotations;
mod attributes;
mod cause;
mod document;
mod documents;
#[cfg(test)]
mod documents_tests;
mod fit;
mod http;
mod name;
pub(super) mod origin;
#[cfg(test)]
mod schema;
mod sql;
mod stack;
#[cfg(test)]
mod test_spans;

pub(super) use documents::{Documents, Translator};
