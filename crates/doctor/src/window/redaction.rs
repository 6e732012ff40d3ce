//! Which passwords of URLs are placeholders: masks, words such as `redacted`, and names of variables.

use percent_encoding::percent_decode_str;

/// What redaction writes instead of a password, and what examples and templates say.
const WORDS: [&str; 9] =
    ["redacted", "filtered", "masked", "hidden", "removed", "scrubbed", "password", "token", "secret"];

/// Whether a password, as it is written in a URL, is none: it is a placeholder.
pub(super) fn is_redacted(password: &str) -> bool {
    let decoded = percent_decode_str(password).decode_utf8_lossy();
    let text = decoded.trim();
    let word = text.trim_matches(|letter: char| "[]<>{}()$".contains(letter));
    is_placeholder(text) || is_mask(word) || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// `${DB_PASSWORD}`, `{{password}}`, `$(cat file)`, `<your password>`, `[Filtered]`: all of it is in brackets.
fn is_placeholder(text: &str) -> bool {
    let text = text.strip_prefix('$').unwrap_or(text);
    let is_in = |open, close| text.starts_with(open) && text.ends_with(close);
    is_in('{', '}') || is_in('(', ')') || is_in('<', '>') || is_in('[', ']')
}

/// `****`, `xxxxx`, `%s`, or nothing.
fn is_mask(text: &str) -> bool {
    text == "%s" || text.chars().all(|letter| "*xX?#\u{2022}".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_passwords() {
        for redacted in [
            "",
            "***",
            "xxxxx",
            "%s",
            "%2A%2A%2A",
            "%E2%80%A2%E2%80%A2",
            "REDACTED",
            "[REDACTED]",
            "[Filtered]",
            "[FILTERED]",
            "%3Credacted%3E",
            "<password>",
            "$PASSWORD",
            "${TOKEN}",
            "${DB_PASSWORD}",
            "{{secret}}",
            "$(cat key)",
        ] {
            assert!(is_redacted(redacted), "{redacted}");
        }
        for password in ["hunter2", "guest", "x7x", "p%40ss", "redacted1", "[7x", "$ecret!"] {
            assert!(!is_redacted(password), "{password}");
        }
    }
}
