//! Text of JSON as programs write it, made valid: every way in reads JSON through this module.
//!
//! - A byte order mark is skipped. UTF-16 with one is decoded, as `PowerShell` saves it.
//! - Bytes that are no UTF-8 become U+FFFD, as in protobuf.
//! - An escape of half a surrogate pair becomes U+FFFD. JavaScript writes one where it cuts a text inside of an emoji.

use std::borrow::Cow;

use memchr::memchr;

const BACKSLASH_U: usize = r"\uD800".len();
const REPLACEMENT: &[u8] = br"\uFFFD";

/// The text of a JSON document. It borrows the bytes where nothing had to change.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes),
    };
    without_lone_surrogates(text)
}

/// An upper bound of what [`decode`] allocates: nothing where the text is valid.
pub fn copied_bytes(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) if lone_surrogates(text).next().is_none() => 0,
        Ok(text) => text.len(),
        Err(_) => bytes.len().saturating_mul(char::REPLACEMENT_CHARACTER.len_utf8()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    let mut text: String = text.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.extend((!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER));
    text
}

fn without_lone_surrogates(text: Cow<'_, str>) -> Cow<'_, str> {
    let found: Vec<usize> = lone_surrogates(&text).collect();
    if found.is_empty() {
        return text;
    }
    let mut bytes = text.into_owned().into_bytes();
    for at in found {
        if let Some(escape) = bytes.get_mut(at..at + BACKSLASH_U) {
            escape.copy_from_slice(REPLACEMENT);
        }
    }
    // ASCII was replaced by ASCII.
    Cow::Owned(String::from_utf8(bytes).unwrap_or_default())
}

/// Positions of the escapes of surrogates that are not part of a pair.
fn lone_surrogates(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += memchr(b'\\', bytes.get(at..)?)?;
            let escape = at;
            let Some(unit) = surrogate(bytes, escape) else {
                at += 2; // an escaped backslash does not begin an escape
                continue;
            };
            at += BACKSLASH_U;
            let is_high = |unit: u16| unit < 0xdc00;
            if is_high(unit) && surrogate(bytes, at).is_some_and(|low| !is_high(low)) {
                at += BACKSLASH_U;
                continue;
            }
            return Some(escape);
        }
    })
}

/// The surrogate whose escape is at a position.
fn surrogate(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + BACKSLASH_U)?.strip_prefix(br"\u")?;
    if !matches!(digits, [b'd' | b'D', ..]) {
        return None;
    }
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (0xd800..0xe000).contains(&unit).then_some(unit)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn only_halves_of_pairs_are_replaced() {
        for (json, expected) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\uFFFD""#),
            (r#""\uDE00""#, r#""\uFFFD""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\uFFFD\ud83d\ude00""#),
            (r#""\ud83d\n\ude00""#, r#""\uFFFD\n\uFFFD""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\uFFFD""#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\u00e9""#, r#""\u00e9""#),
        ] {
            assert_eq!(decode(json.as_bytes()), expected);
            assert_eq!(copied_bytes(json.as_bytes()) > 0, json != expected, "{json}");
        }
    }

    #[test]
    fn byte_order_marks_and_foreign_encodings_are_read() {
        let utf16 =
            |unit: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(unit).collect::<Vec<_>>();
        for (bytes, expected) in [
            (b"\xef\xbb\xbf{}".to_vec(), "{}"),
            (utf16(u16::to_le_bytes, "\u{feff}{\"é\"}"), "{\"é\"}"),
            (utf16(u16::to_be_bytes, "\u{feff}{\"😀\"}"), "{\"😀\"}"),
            (b"\xff\xfe{".to_vec(), "\u{fffd}"),
            (b"\"caf\xe9\"".to_vec(), "\"caf\u{fffd}\""),
        ] {
            assert_eq!(decode(&bytes), expected);
        }
    }

    proptest! {
        #[test]
        fn a_string_of_any_units_is_read(units in vec(prop_oneof![0xd7f0_u16..0xe010, any::<u16>()], 0..12)) {
            let escapes: Vec<String> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{}\"", escapes.concat());
            let read: String = serde_json::from_str(&decode(json.as_bytes())).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units));
        }

        #[test]
        fn any_bytes_are_text(bytes in vec(any::<u8>(), 0..64)) {
            let text = decode(&bytes);
            match text {
                Cow::Borrowed(_) => {}
                Cow::Owned(text) => prop_assert!(text.len() <= copied_bytes(&bytes)),
            }
        }
    }
}
