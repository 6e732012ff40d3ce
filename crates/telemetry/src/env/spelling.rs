//! Values as they are written: quotes, spaces and contents that should not be there.

/// The value within matching quotes, which Docker's environment files do not remove. `None` without quotes.
pub(super) fn unquoted(value: &str) -> Option<&str> {
    let within = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).map(str::trim)
}

/// What is odd about a value that should be one word.
pub(super) fn oddity(value: &str) -> Option<&'static str> {
    if value.contains(['"', '\'']) {
        Some("it contains a quote")
    } else if value.contains(char::is_whitespace) {
        Some("it contains a space")
    } else {
        None
    }
}

/// Whether a value is the contents of a PEM file, perhaps of a private key, in place of its path.
pub(super) fn is_pem(value: &str) -> bool {
    value.contains("-----BEGIN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_matching_quotes_around_a_value_are_removed() {
        for (value, expected) in [
            ("\"hcaik\"", Some("hcaik")),
            ("'a b'", Some("a b")),
            ("\" a \"", Some("a")),
            ("\"\"", Some("")),
            ("\"hcaik", None),
            ("hcaik'", None),
            ("\"hcaik'", None),
            ("\"", None),
            ("hcaik", None),
        ] {
            assert_eq!(unquoted(value), expected, "{value}");
        }
    }
}
