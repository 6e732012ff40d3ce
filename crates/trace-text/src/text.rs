//! Sanitizes untrusted text, and truncates it to a width.
//!
//! A span's name may contain escape sequences that a terminal would execute, so control characters are replaced. Sanitized text
//! is one line.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Width in columns.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Replaces control characters and bidirectional formatting characters.
pub fn sanitize(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Truncates to `columns`, with an ellipsis.
pub fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = columns.saturating_sub(1);
    for character in text.chars() {
        let columns_taken = character.width().unwrap_or(0);
        if columns_taken > left {
            break;
        }
        left -= columns_taken;
        cut.push(character);
    }
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// Breaks text into lines of at most `columns`, between words.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace().map(|word| truncate(word, columns)) {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(&word),
            Some(line) if width(line) + 1 + width(&word) <= columns => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Pads with spaces to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_characters_are_replaced() {
        assert_eq!(
            sanitize("a\u{1b}[2Jb\u{7}\u{202e}c\nd\u{9b}"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c d\u{fffd}"
        );
    }

    #[test]
    fn truncation_counts_columns_not_characters() {
        assert_eq!(
            (truncate("abcdef", 4), truncate("abc", 3), truncate("日本語", 4)),
            ("abc…".into(), "abc".into(), "日…".into())
        );
        assert_eq!(truncate("abc", 0), "");
    }
}
