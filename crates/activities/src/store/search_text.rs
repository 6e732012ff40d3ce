//! Search that ignores case and how accents are encoded: folding of messages, and LIKE patterns over folded text.

use icu_normalizer::ComposingNormalizerBorrowed;

/// The character that escapes wildcards in a LIKE pattern.
const ESCAPE: char = '!';

/// Composes letters with their accents (NFC), so that `é` is found however it was typed, and folds case character by
/// character, so that a substring of a text remains one when both are folded.
pub(super) fn fold(text: &str) -> String {
    const NFC: ComposingNormalizerBorrowed<'_> = ComposingNormalizerBorrowed::new_nfc();
    let folded: String =
        NFC.normalize(text).chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    // Case mappings may decompose a letter: `ǰ` has no composed upper case.
    NFC.normalize(&folded).into_owned()
}

/// The LIKE pattern that matches folded text containing `term` literally.
pub(super) fn contains_pattern(term: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(term).chars() {
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
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
        assert!(fold("Straße ÉTÉ").contains(&fold("STRASSE été")));
    }

    #[test]
    fn folding_ignores_how_accents_are_encoded() {
        assert_eq!(fold("Cafe\u{301} A\u{30a}ngstro\u{308}m"), fold("CAFÉ Ångström"));
        assert_eq!(fold("\u{212b}"), fold("å"), "the sign of the unit is the letter");
        assert_eq!(fold("ǰ"), fold("J\u{30c}"));
        assert_eq!(fold("\u{1112}\u{1161}\u{11ab}"), fold("한"));
    }

    #[test]
    fn wildcards_in_a_term_are_escaped() {
        assert_eq!(contains_pattern("100% of_Prune!"), "%100!% of!_prune!!%");
    }
}
