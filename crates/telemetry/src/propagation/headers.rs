//! The headers that propagators read, and those that they write.

use bytes::Bytes;
use opentelemetry::propagation::{Extractor, Injector};

/// Headers, any of which may have come several times.
pub(crate) trait HeaderReader {
    /// The value of a header that came exactly once: what came more often nobody can choose from.
    fn only(&self, name: &str) -> Option<&[u8]>;

    /// All values of a header, in their order; `None` when it did not come. One that is no text is empty.
    fn all(&self, name: &str) -> Option<Vec<&str>>;
}

/// What OpenTelemetry's own API has of them.
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

/// Headers on their way out.
pub(crate) trait HeaderWriter {
    /// Sets a header to text.
    fn set(&mut self, name: &'static str, value: Bytes);
}

/// What OpenTelemetry's own API has of them.
pub(crate) struct InjectorWriter<'a>(pub(crate) &'a mut dyn Injector);

impl HeaderWriter for InjectorWriter<'_> {
    fn set(&mut self, name: &'static str, value: Bytes) {
        self.0.set(name, String::from_utf8(value.into()).unwrap_or_default());
    }
}

/// The same as [`HeaderReader::only`], without the blanks around it.
pub(super) fn only<'a>(headers: &'a dyn HeaderReader, name: &str) -> Option<&'a [u8]> {
    let mut value = headers.only(name)?;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    Some(value)
}

/// The same, where it is text.
pub(super) fn only_text<'a>(headers: &'a dyn HeaderReader, name: &str) -> Option<&'a str> {
    std::str::from_utf8(only(headers, name)?).ok()
}
