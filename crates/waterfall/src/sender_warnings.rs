//! What the doctor found, for the senders whose spans it is about.
//!
//! A sender reads it as the warning of a partial success that rejects nothing: `rejected_spans` is 0, and `error_message` has the
//! text (`opentelemetry/proto/collector/trace/v1/trace_service.proto`, `ExportTracePartialSuccess`).

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use trace_model::{Resource, wire::Reader};

/// A sender is warned at most once in this time: it exports every few seconds, and may log each warning.
const INTERVAL: Duration = Duration::from_mins(1);
/// Bytes of a warning.
const MAX_TEXT: usize = 1_024;

/// The warnings that are due, by service.
#[derive(Debug, Default)]
pub(crate) struct SenderWarnings(Mutex<HashMap<String, Warning>>);

#[derive(Debug, Default)]
struct Warning {
    /// Empty when the finding is gone.
    text: String,
    sent: Option<Instant>,
}

impl SenderWarnings {
    /// Replaces the warnings by those of the last diagnosis: a text for each service.
    pub(crate) fn replace(&self, mut found: HashMap<String, String>) {
        let mut warnings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Services that were warned lately stay, so that a finding that comes and goes is not sent each time.
        warnings.retain(|service, warning| {
            warning.text = found.remove(service).map(truncate).unwrap_or_default();
            !warning.text.is_empty() || warning.is_recent()
        });
        let new =
            found.into_iter().map(|(service, text)| (service, Warning { text: truncate(text), sent: None }));
        warnings.extend(new);
    }

    /// The warning that is due to the sender of an `ExportTraceServiceRequest`; it then counts as sent.
    pub(crate) fn due(&self, request: &[u8]) -> Option<String> {
        let mut warnings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warnings.is_empty() {
            return None;
        }
        services(request).find_map(|service| {
            let warning = warnings.get_mut(service.as_ref())?;
            if warning.text.is_empty() || warning.is_recent() {
                return None;
            }
            warning.sent = Some(Instant::now());
            Some(warning.text.clone())
        })
    }
}

impl Warning {
    fn is_recent(&self) -> bool {
        self.sent.is_some_and(|sent| sent.elapsed() < INTERVAL)
    }
}

fn truncate(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    text
}

/// The services whose spans a request has.
fn services(request: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let messages = |raw| {
        let fields = Reader::new(raw).map_while(Result::ok).filter(|field| field.number == 1);
        fields.filter_map(|field| field.bytes().ok())
    };
    // `resource_spans`, and the `resource` of each.
    messages(request).flat_map(messages).map(|raw| Resource { raw }.service_name())
}

#[cfg(test)]
mod tests {
    use trace_model::wire::Writer;

    use super::*;

    fn request(service: &str) -> Vec<u8> {
        let mut out = Writer::new();
        let [resource_spans, resource, attribute] = [1, 1, 1].map(|number| out.begin(number));
        out.bytes(1, b"service.name");
        let value = out.begin(2);
        out.bytes(1, service.as_bytes());
        for message in [value, attribute, resource, resource_spans] {
            out.end(message);
        }
        out.into_bytes()
    }

    fn found(service: &str, text: &str) -> HashMap<String, String> {
        HashMap::from([(service.to_owned(), text.to_owned())])
    }

    #[test]
    fn a_service_is_warned_of_its_own_findings_once_in_an_interval() {
        let warnings = SenderWarnings::default();
        assert_eq!(warnings.due(&request("shop")), None);
        warnings.replace(found("shop", "lost"));
        assert_eq!(warnings.due(&request("stock")), None);
        assert_eq!(warnings.due(&request("shop")).as_deref(), Some("lost"));
        assert_eq!(warnings.due(&request("shop")), None);
        warnings.replace(HashMap::new());
        warnings.replace(found("shop", "lost again"));
        assert_eq!(warnings.due(&request("shop")), None, "warned lately");
    }

    #[test]
    fn a_finding_that_is_gone_is_not_sent_and_a_long_one_is_cut() {
        let warnings = SenderWarnings::default();
        warnings.replace(found("shop", "lost"));
        warnings.replace(found("stock", &"é".repeat(MAX_TEXT)));
        assert_eq!(warnings.due(&request("shop")), None);
        assert_eq!(warnings.due(&request("stock")).map(|text| text.len()), Some(MAX_TEXT));
        assert_eq!(warnings.due(b"\xff\xff"), None);
    }
}
