//! Validation of text that people wrote.

use problem::Violation;

/// Constraints on a text, and the code of each violation.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The JSON member that contains it.
    pub field: &'static str,
    /// In characters (Unicode scalar values).
    pub max_chars: usize,
    /// Code of a blank text; `None` where a blank text is allowed.
    pub blank: Option<&'static str>,
    /// Code of a text with more than `max_chars`.
    pub too_long: &'static str,
    /// Code of a text with control characters other than line ends and tabs, of which databases reject some; or with
    /// characters that reorder the text around them.
    pub control: &'static str,
}

impl Rule {
    /// Returns the text without surrounding white space.
    ///
    /// # Errors
    /// The first violation.
    pub fn check(&self, text: &str) -> Result<String, Violation> {
        let text = text.trim();
        if let (true, Some(code)) = (text.chars().all(is_invisible), self.blank) {
            return Err(Violation::new(code, self.field, "it must not be blank"));
        }
        if text.chars().nth(self.max_chars).is_some() {
            let detail = format!("it must have at most {} characters", self.max_chars);
            return Err(Violation::new(self.too_long, self.field, detail));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Violation::new(self.control, self.field, "it must not contain control characters"));
        }
        if text.chars().any(is_bidi_control) {
            let detail = "it must not contain characters that change the direction of text";
            return Err(Violation::new(self.control, self.field, detail));
        }
        Ok(text.to_owned())
    }
}

/// White space, and characters without a glyph that people could see: zero-width characters and fillers. They may stand
/// in a text (emoji and several scripts need them), but make none by themselves.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Embeddings, overrides and isolates of the bidirectional algorithm (UAX #9): a text could reorder the page around it.
/// Marks such as U+200F do not reach beyond their own place, and are allowed.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        field: "message",
        max_chars: 5,
        blank: Some("message_blank"),
        too_long: "message_exceed_max_chars",
        control: "message_invalid",
    };

    #[test]
    fn surrounding_white_space_is_removed() {
        assert_eq!(RULE.check(" héllo\n").unwrap(), "héllo");
    }

    #[test]
    fn joiners_and_marks_inside_of_a_text_are_kept() {
        for text in ["👩\u{200d}🚀", "می\u{200c}خ", "א\u{200f}!", "❤\u{fe0f}"] {
            assert_eq!(RULE.check(text).unwrap(), text);
        }
    }

    #[test]
    fn each_violation_has_its_code() {
        for (text, code) in [
            ("", "message_blank"),
            (" \t", "message_blank"),
            ("\u{200b}", "message_blank"),
            ("\u{2060} \u{feff}", "message_blank"),
            ("\u{3164}", "message_blank"),
            ("\u{202e}", "message_blank"),
            ("a\u{202e}b", "message_invalid"),
            ("a\u{2066}b", "message_invalid"),
            ("abcdef", "message_exceed_max_chars"),
            ("a\0b", "message_invalid"),
        ] {
            assert_eq!(RULE.check(text).unwrap_err().code, code, "{text:?}");
        }
    }
}
