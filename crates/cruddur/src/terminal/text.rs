//! Text of strangers, made sanitize and cut to a width. A span's name may hold anything, and a terminal obeys what it
//! is sent: no control character gets through.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text without what a terminal would obey: controls, and marks that turn the direction of writing.
pub(super) fn sanitize(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// The text, cut with an ellipsis when it is wider.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut left = columns.saturating_sub(1);
    for character in text.chars() {
        let takes = character.width().unwrap_or(0);
        if takes > left {
            break;
        }
        left -= takes;
        cut.push(character);
    }
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// The text, filled with spaces.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(
            sanitize("a\u{1b}[2Jb\u{7}\u{202e}c\nd\u{9b}"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c d\u{fffd}"
        );
    }

    #[test]
    fn what_is_too_wide_is_cut_by_columns_not_by_characters() {
        assert_eq!(
            (fit("abcdef", 4), fit("abc", 3), fit("日本語", 4)),
            ("abc…".into(), "abc".into(), "日…".into())
        );
        assert_eq!(fit("abc", 0), "");
    }
}
