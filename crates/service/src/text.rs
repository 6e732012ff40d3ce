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
    /// Code of a text with control characters other than line ends and tabs: databases reject some of them.
    pub control: &'static str,
}

impl Rule {
    /// Returns the text without surrounding white space.
    ///
    /// # Errors
    /// The first violation.
    pub fn check(&self, text: &str) -> Result<String, Violation> {
        let text = text.trim();
        if let (true, Some(code)) = (text.is_empty(), self.blank) {
            return Err(Violation::new(code, self.field, "it must not be blank"));
        }
        if text.chars().nth(self.max_chars).is_some() {
            let detail = format!("it must have at most {} characters", self.max_chars);
            return Err(Violation::new(self.too_long, self.field, detail));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Violation::new(self.control, self.field, "it must not contain control characters"));
        }
        Ok(text.to_owned())
    }
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
    fn each_violation_has_its_code() {
        for (text, code) in [
            ("", "message_blank"),
            (" \t", "message_blank"),
            ("abcdef", "message_exceed_max_chars"),
            ("a\0b", "message_invalid"),
        ] {
            assert_eq!(RULE.check(text).unwrap_err().code, code, "{text:?}");
        }
    }
}
