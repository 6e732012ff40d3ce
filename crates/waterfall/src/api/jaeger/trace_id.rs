//! Trace ids as clients of Jaeger's API write them: in hex without leading zeros, or in base64.

use base64::{
    Engine,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};
use trace_model::TraceId;

pub(super) const INVALID: &str = "a trace id must have at most 32 hex digits, or be 16 bytes in base64";

/// Parses hex, or base64 of either alphabet, which is the form of bytes in protobuf's JSON.
pub(super) fn parse(text: &str) -> Option<TraceId> {
    if let Ok(id) = TraceId::parse_padded(text) {
        return Some(id);
    }
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    let decode = |alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok();
    let bytes = decode(&base64::alphabet::STANDARD).or_else(|| decode(&base64::alphabet::URL_SAFE))?;
    TraceId::from_bytes(&bytes).ok()
}
