//! Percent-encoding, undone.

/// `text` with every `%xx` as its byte; a sequence that is none stays as it is. `None` when the bytes are no text.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.split_first_chunk().filter(|_| *first == b'%');
        let (byte, tail) =
            code.and_then(|(digits, tail)| Some((value(*digits)?, tail))).unwrap_or((*first, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

/// Whether every `%` begins a sequence.
pub(crate) fn is_well_formed(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| after.as_bytes().first_chunk().is_some_and(|digits| value(*digits).is_some()))
}

fn value([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decoded("a%20b%2C").as_deref(), Some("a b,"));
        assert_eq!(decoded("a%2").as_deref(), Some("a%2"));
        assert_eq!(decoded("%zz%+1").as_deref(), Some("%zz%+1"));
        assert_eq!(decoded("%ff"), None);
    }

    #[test]
    fn a_percent_sign_that_begins_no_sequence_is_malformed() {
        assert!(is_well_formed("a%20b") && is_well_formed(""));
        assert!(!is_well_formed("a%2") && !is_well_formed("%zz") && !is_well_formed("%"));
    }
}
