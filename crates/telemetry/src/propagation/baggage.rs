//! W3C Baggage, within its limits: <https://www.w3.org/TR/baggage/>
//!
//! Incoming members pass an allowlist. Outgoing baggage is sent to own hosts only (see `policy`).

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt, BaggageMetadata, KeyValueMetadata};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::headers::{HeaderReader, HeaderWriter};
const HEADER: &str = "baggage";

/// Section 3.3.2: the minimum that must be supported is the maximum here.
const MAX_MEMBERS: usize = 64;
const MAX_BYTES: usize = 8192;

/// The ASCII characters of a value that are percent-encoded: those that are no `baggage-octet`, and `%`. All others are
/// encoded.
const NOT_OCTETS: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// The format of `baggage`, with the incoming keys that are accepted (`*` for all).
#[derive(Clone, Debug)]
pub(crate) struct BaggageFormat {
    pub(crate) allow: Vec<String>,
}

impl BaggageFormat {
    /// The name of the header.
    pub(super) const FIELD: &str = HEADER;

    /// Writes the members of the context's baggage, as far as the limits allow.
    pub(super) fn inject(context: &Context, headers: &mut dyn HeaderWriter) {
        let mut header = String::new();
        for (key, (value, metadata)) in context.baggage().iter().take(MAX_MEMBERS) {
            let member = member(key.as_str(), value.as_str(), metadata.as_str());
            if header.len() + member.len() + 1 > MAX_BYTES {
                break;
            }
            if !header.is_empty() {
                header.push(',');
            }
            header.push_str(&member);
        }
        if !header.is_empty() {
            headers.set(HEADER, header.into());
        }
    }

    /// Adds the accepted members of the headers to `context`.
    pub(super) fn extract(&self, context: Context, headers: &dyn HeaderReader) -> Context {
        // When no key is accepted, the headers are not read.
        let headers = if self.allow.is_empty() { None } else { headers.all(HEADER) };
        let Some(headers) = headers else { return context };
        if headers.iter().map(|header| header.len() + 1).sum::<usize>() > MAX_BYTES + 1 {
            return context;
        }
        let members = headers.iter().flat_map(|header| header.split(',')).take(MAX_MEMBERS);
        let baggage: Baggage = members.filter_map(|member| self.member(member)).collect();
        if baggage.is_empty() { context } else { context.with_baggage(baggage) }
    }

    /// Parses `key=value;metadata`. `None` when the key is not accepted, or the member is malformed.
    fn member(&self, member: &str) -> Option<KeyValueMetadata> {
        let (pair, metadata) = member.split_once(';').unwrap_or((member, ""));
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        let accepted = self.allow.iter().any(|allowed| allowed == "*" || allowed == key);
        if !accepted || !is_token(key) {
            return None;
        }
        let metadata = BaggageMetadata::from(if is_safe(metadata) { metadata.trim() } else { "" });
        Some(KeyValueMetadata::new(key.to_owned(), decoded(value)?, metadata))
    }
}

fn member(key: &str, value: &str, metadata: &str) -> String {
    let mut member = String::with_capacity(key.len() + value.len() + 1);
    if !is_token(key) {
        return member;
    }
    member.push_str(key);
    member.push('=');
    member.extend(utf8_percent_encode(value, NOT_OCTETS));
    // Metadata that is invalid in a header is left out.
    if !metadata.is_empty() && is_safe(metadata) {
        member.push(';');
        member.push_str(metadata);
    }
    member
}

/// A token of RFC 9110.
fn is_token(key: &str) -> bool {
    !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `baggage-octet`: printable ASCII without space, `"`, `,`, `;` and `\`.
fn is_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

fn is_safe(metadata: &str) -> bool {
    metadata.bytes().all(|byte| (byte.is_ascii_graphic() || byte == b' ') && byte != b',')
}

fn decoded(value: &str) -> Option<String> {
    let decoded = value.bytes().all(is_octet).then(|| percent_decode_str(value).decode_utf8().ok())??;
    Some(decoded.into_owned())
}
