//! Text that people wrote, checked before it is kept.

use problem::Violation;

/// What a text must be like, and the codes of what it may be instead.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The member that holds it.
    pub field: &'static str,
    /// In characters (Unicode scalar values).
    pub max_chars: usize,
    /// The code when nothing but white space is left; `None` where that is allowed.
    pub blank: Option<&'static str>,
    pub too_long: &'static str,
    /// The code when it holds control characters other than line ends and tabs; databases refuse some of them.
    pub control: &'static str,
}

impl Rule {
    /// Gives the text without white space around it.
    ///
    /// # Errors
    /// The first rule that it breaks.
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
            return Err(Violation::new(self.control, self.field, "it must not hold control characters"));
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
    fn a_text_is_kept_without_the_white_space_around_it() {
        assert_eq!(RULE.check(" héllo\n").unwrap(), "héllo");
    }

    #[test]
    fn each_broken_rule_has_its_code() {
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
