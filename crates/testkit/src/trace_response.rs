//! Response header `traceresponse` (a draft of W3C Trace Context Level 3).

/// The content of a `traceresponse` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceResponse {
    pub trace_id: String,
    /// Id of the server span.
    pub span_id: String,
    pub flags: u8,
}

impl TraceResponse {
    /// Parses version 00.
    ///
    /// # Panics
    /// If the header is invalid.
    #[track_caller]
    pub fn parse(header: &str) -> Self {
        let hex = |text: &str, length| {
            text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        match header.split('-').collect::<Vec<_>>()[..] {
            ["00", trace_id, span_id, flags] if hex(trace_id, 32) && hex(span_id, 16) && hex(flags, 2) => {
                Self {
                    trace_id: trace_id.to_owned(),
                    span_id: span_id.to_owned(),
                    flags: u8::from_str_radix(flags, 16).unwrap_or_default(),
                }
            }
            _ => panic!("invalid traceresponse: {header:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceresponse_is_parsed() {
        let parsed = TraceResponse::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!((parsed.span_id.as_str(), parsed.flags), ("b7ad6b7169203331", 1));
    }
}
