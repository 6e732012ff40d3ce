//! Access to headers for propagation formats: reading and writing.

use bytes::Bytes;
use opentelemetry::propagation::{Extractor, Injector};

/// Received headers. Each may occur several times.
pub(crate) trait HeaderReader {
    /// The value of a header that occurs exactly once. A repeated header is ambiguous, and treated as missing.
    fn only(&self, name: &str) -> Option<&[u8]>;

    /// All values of a header, in order; `None` when it is missing. A value that is not text is one that no format accepts.
    fn all(&self, name: &str) -> Option<Vec<&str>>;
}

/// Headers behind OpenTelemetry's API.
pub(crate) struct ExtractorReader<'a>(pub(crate) &'a dyn Extractor);

impl HeaderReader for ExtractorReader<'_> {
    fn only(&self, name: &str) -> Option<&[u8]> {
        let [value] = self.0.get_all(name)?.try_into().ok()?;
        Some(value.as_bytes())
    }

    fn all(&self, name: &str) -> Option<Vec<&str>> {
        self.0.get_all(name)
    }
}

/// Headers of an outgoing request.
pub(crate) trait HeaderWriter {
    /// Sets a header. `value` is text.
    fn set(&mut self, name: &'static str, value: Bytes);
}

/// Headers behind OpenTelemetry's API.
pub(crate) struct InjectorWriter<'a>(pub(crate) &'a mut dyn Injector);

impl HeaderWriter for InjectorWriter<'_> {
    fn set(&mut self, name: &'static str, value: Bytes) {
        self.0.set(name, String::from_utf8(value.into()).unwrap_or_default());
    }
}

/// [`HeaderReader::only`], without surrounding spaces and tabs.
pub(super) fn only<'a>(headers: &'a dyn HeaderReader, name: &str) -> Option<&'a [u8]> {
    let mut value = headers.only(name)?;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    Some(value)
}

/// [`only`], if it is text.
pub(super) fn only_text<'a>(headers: &'a dyn HeaderReader, name: &str) -> Option<&'a str> {
    std::str::from_utf8(only(headers, name)?).ok()
}
