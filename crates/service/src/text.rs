//! Validation of text that people wrote.

use std::ops::RangeInclusive;

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
        if text.chars().any(|c| is_in(c, CONTROL)) {
            return Err(Violation::new(self.control, self.field, "it must not contain control characters"));
        }
        if text.chars().any(|c| is_in(c, BIDI_CONTROL)) {
            let detail = "it must not contain characters that change the direction of text";
            return Err(Violation::new(self.control, self.field, detail));
        }
        Ok(text.to_owned())
    }
}

/// White space (Unicode's property `White_Space`).
const WHITE_SPACE: &[RangeInclusive<char>] = &[
    '\t'..='\r',
    ' '..=' ',
    '\u{85}'..='\u{85}',
    '\u{a0}'..='\u{a0}',
    '\u{1680}'..='\u{1680}',
    '\u{2000}'..='\u{200a}',
    '\u{2028}'..='\u{2029}',
    '\u{202f}'..='\u{202f}',
    '\u{205f}'..='\u{205f}',
    '\u{3000}'..='\u{3000}',
];

/// Characters without a glyph that people could see: zero-width characters and fillers. They may stand in a text (emoji
/// and several scripts need them), but make none by themselves.
const INVISIBLE: &[RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff9}'..='\u{fffb}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Control characters, without line ends and tabs.
const CONTROL: &[RangeInclusive<char>] =
    &['\0'..='\u{8}', '\u{b}'..='\u{c}', '\u{e}'..='\u{1f}', '\u{7f}'..='\u{9f}'];

/// Embeddings, overrides and isolates of the bidirectional algorithm (UAX #9): a text could reorder the page around it.
/// Marks such as U+200F do not reach beyond their own place, and are allowed.
const BIDI_CONTROL: &[RangeInclusive<char>] = &['\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];

fn is_in(c: char, ranges: &[RangeInclusive<char>]) -> bool {
    ranges.iter().any(|range| range.contains(&c))
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace() || is_in(c, INVISIBLE)
}

/// The regular expression (ECMA-262, as in JSON Schema) of the texts that every [`Rule`] accepts, their length aside.
pub fn pattern(blank: Blank) -> String {
    let allowed = format!("[^{}]*", class(&[CONTROL, BIDI_CONTROL]));
    match blank {
        Blank::Allowed => format!("^{allowed}$"),
        Blank::Rejected => {
            let visible = class(&[CONTROL, BIDI_CONTROL, WHITE_SPACE, INVISIBLE]);
            format!("^{allowed}[^{visible}]{allowed}$")
        }
    }
}

/// Whether a text may be blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    Allowed,
    Rejected,
}

/// The inside of a character class with these ranges.
fn class(tables: &[&[RangeInclusive<char>]]) -> String {
    let mut class = String::new();
    for range in tables.iter().copied().flatten() {
        push_escaped(&mut class, *range.start());
        if range.start() != range.end() {
            class.push('-');
            push_escaped(&mut class, *range.end());
        }
    }
    class
}

/// Escapes a character of the Basic Multilingual Plane. Others stand for themselves, as dialects escape them differently.
fn push_escaped(class: &mut String, c: char) {
    match u16::try_from(u32::from(c)) {
        Ok(code) => class.extend(['\\', 'u'].into_iter().chain(format!("{code:04x}").chars())),
        Err(_) => class.push(c),
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
    fn joiners_and_marks_inside_of_a_text_are_kept() {
        for text in ["👩\u{200d}🚀", "می\u{200c}خ", "א\u{200f}!", "❤\u{fe0f}"] {
            assert_eq!(RULE.check(text).unwrap(), text);
        }
    }

    #[test]
    fn the_tables_are_those_of_unicode() {
        for c in (0..=0x1_ffff).filter_map(char::from_u32) {
            assert_eq!(is_in(c, WHITE_SPACE), c.is_whitespace(), "{c:?}");
            assert_eq!(is_in(c, CONTROL), c.is_control() && !"\n\r\t".contains(c), "{c:?}");
        }
    }

    #[test]
    fn the_pattern_matches_what_the_rule_accepts() {
        let bounds = [WHITE_SPACE, INVISIBLE, CONTROL, BIDI_CONTROL].into_iter().flatten();
        let around = |range: &RangeInclusive<char>| [*range.start(), *range.end()].map(u32::from);
        let codes = bounds.flat_map(around).flat_map(|code| code.saturating_sub(1)..=code + 1).chain(0..0x80);
        let characters: Vec<_> = codes.filter_map(char::from_u32).collect();
        for (blank, code) in [(Blank::Rejected, RULE.blank), (Blank::Allowed, None)] {
            let rule = Rule { blank: code, ..RULE };
            let pattern = regex_lite::Regex::new(&pattern(blank)).unwrap();
            for text in characters.iter().flat_map(|c| [c.to_string(), format!("a{c}b")]) {
                let (matches, accepted) = (pattern.is_match(&text), rule.check(&text).is_ok());
                // The rule first removes white space around a text. Some of it is control characters.
                assert!(matches == accepted || (!matches && text.trim() != text), "{text:?}");
            }
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
