//! Tests of all formats.
//!
//! - `formats`: each alone; `mixing`: several in one request; `policy`: untrusted clients and baggage
//! - `properties`: round trips, and headers of any content
//! - here: headers, and reading and writing them

mod formats;
mod mixing;
mod policy;
mod properties;

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::formats::Formats;
use crate::env::Propagation;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
const ALL: [&str; 5] = ["tracecontext", "baggage", "b3", "b3multi", "xray"];

/// Headers that may occur more than once.
struct Headers(Vec<(String, String)>);

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> =
            self.0.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then_some(values)
    }
}

fn formats(names: &[&str]) -> Formats {
    Formats::new(&Propagation {
        formats: names.iter().map(|name| (*name).to_owned()).collect(),
        baggage_allow: vec!["*".to_owned()],
        ..Propagation::default()
    })
}

fn extract(format: &str, headers: &[(&str, &str)]) -> Context {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    formats(&[format]).extract_with_context(&Context::new(), &Headers(headers))
}

fn inject(names: &[&str], context: &Context) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    formats(names).inject_context(context, &mut headers);
    headers
}

fn ids(context: &Context) -> Option<(String, String, u8)> {
    let span = context.span();
    let ids = span.span_context();
    ids.is_valid().then(|| (ids.trace_id().to_string(), ids.span_id().to_string(), ids.trace_flags().to_u8()))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared to an `Option`")]
fn expected_ids(flags: u8) -> Option<(String, String, u8)> {
    Some((TRACE.to_owned(), SPAN.to_owned(), flags))
}
