//! Patterns of sampling rules: `*` stands for any characters, `?` for one.

/// A pattern. ASCII letters match in both cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<char>);

impl Pattern {
    pub(super) fn new(pattern: &str) -> Self {
        Self(pattern.chars().collect())
    }

    /// Whether the pattern is `*`, which also matches what is not known.
    pub(super) fn matches_anything(&self) -> bool {
        self.0 == ['*']
    }

    /// Whether the whole text matches. The work is at most the product of both lengths.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut text: &[char] = &text.chars().collect::<Vec<_>>();
        let mut pattern = self.0.as_slice();
        // Where to go on when the rest does not match: behind the last `*`, one character later.
        let mut retry: Option<(&[char], &[char])> = None;
        loop {
            match (pattern.split_first(), text.split_first()) {
                (Some(('*', after)), _) => {
                    retry = Some((after, text));
                    pattern = after;
                }
                (Some((wanted, after)), Some((found, rest)))
                    if *wanted == '?' || wanted.eq_ignore_ascii_case(found) =>
                {
                    (pattern, text) = (after, rest);
                }
                (None, None) => return true,
                _ => {
                    let Some((after, [_, later @ ..])) = retry else { return false };
                    retry = Some((after, later));
                    (pattern, text) = (after, later);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_and_case_is_ignored() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "any"),
            ("GET", "get"),
            ("/api/*", "/api/"),
            ("/api/*/home", "/api/activities/home"),
            ("*.example.org", "a.b.example.org"),
            ("a?c", "abc"),
            ("?", "é"),
            ("*a*b*", "xxaxxbxx"),
            ("", ""),
        ] {
            assert!(Pattern::new(pattern).matches(text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("?", ""),
            ("/api/*", "/ap"),
            ("a?c", "ac"),
            ("*b", "ba"),
            ("a*b*c", "acb"),
            ("a.c", "abc"),
        ] {
            assert!(!Pattern::new(pattern).matches(text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        assert!(!Pattern::new(&format!("{}b", "a*".repeat(60))).matches(&"a".repeat(128)));
    }
}
