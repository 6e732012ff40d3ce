//! Case-insensitive search: case folding of messages, and LIKE patterns over folded text.

/// The character that escapes wildcards in a LIKE pattern.
const ESCAPE: char = '!';

/// Folds case character by character, so that a substring of a text remains one when both are folded.
pub(super) fn fold_case(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// The LIKE pattern that matches folded text containing `term` literally.
pub(super) fn contains_pattern(term: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold_case(term).chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_at_any_position() {
        assert_eq!(fold_case("ΟΔΟΣ"), fold_case("οδος"));
        assert!(fold_case("Straße ÉTÉ").contains(&fold_case("STRASSE été")));
    }

    #[test]
    fn wildcards_in_a_term_are_escaped() {
        assert_eq!(contains_pattern("100% of_Prune!"), "%100!% of!_prune!!%");
    }
}
