//! What of a value a warning or an error may repeat. A person may have set a variable to a key that belongs in another one.
//!
//! The crate `process` compiles this file, too: neither of the two crates depends on the other.

use std::path::Path;

/// The longest word and number that are repeated. Keys are longer, or mix letters with digits.
const LONGEST_WORD: usize = 16;
const LONGEST_NUMBER: usize = 20;
/// The longest unit of a number, as in `256MiB`.
const LONGEST_UNIT: usize = 3;
/// The longest extension of a file, as in `ca.conf`. The last part of a token with dots is longer.
const LONGEST_EXTENSION: usize = 5;

/// Whether a value can be repeated: a short word or a number. Any other may be a key.
pub(crate) fn is_harmless(value: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphabetic() || b"-_/".contains(&byte);
    let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.".contains(&byte);
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    value.len() <= LONGEST_WORD && value.bytes().all(is_word)
        || value.len() <= LONGEST_NUMBER
            && value.len() - number.len() <= LONGEST_UNIT
            && number.bytes().all(is_number)
}

/// Whether a value that should be a path can be repeated: a file with an extension, or a path from the root, the home or
/// the current directory. A key in Base64 may have slashes, too, but mixes digits with letters of both cases.
pub(crate) fn is_path(value: &str) -> bool {
    let extension = Path::new(value).extension().and_then(|extension| extension.to_str());
    let is_file = extension.is_some_and(|extension| {
        extension.len() <= LONGEST_EXTENSION && extension.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let is_rooted = ["/", "./", "../", "~/"].iter().any(|root| value.starts_with(root));
    is_file || is_rooted && !is_mixed(value) || is_harmless(value)
}

fn is_mixed(value: &str) -> bool {
    let has = |is_of_kind: fn(&u8) -> bool| value.as_bytes().iter().any(is_of_kind);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys, passwords and tokens that no message may repeat.
    const SECRETS: [&str; 12] = [
        "hunter2",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "/K7MDENG/wJalrXUtnFEMI/bPxRfiCYEXAMPLEKEY",
        "hcaik_01",
        "abcdefghijklmnopqrstuv",
        "0123456789abcdef0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
        "a:b",
        "a b",
        "pw!",
        "123456789012345678901",
    ];

    #[test]
    fn only_short_words_and_numbers_are_harmless() {
        for harmless in
            ["sometimes", "us_east", "-1", "1.5.2", "18446744073709551616", "http/proto", "1MiB", "500ms", ""]
        {
            assert!(is_harmless(harmless), "{harmless}");
        }
        for secret in SECRETS.into_iter().chain(["ca.pem", "1secret", "12MiB34"]) {
            assert!(!is_harmless(secret), "{secret}");
        }
    }

    #[test]
    fn paths_are_told_from_keys() {
        for path in [
            "/etc/ssl/certs/ca-certificates",
            "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
            "/tmp/Xb1Yz2/ca.pem",
            "./certs2/ca",
            "../ca",
            "~/.aws/credentials",
            "certs/ca-01.crt",
            "C:\\certs\\ca.pem",
            "credentials",
        ] {
            assert!(is_path(path), "{path}");
        }
        for secret in SECRETS {
            assert!(!is_path(secret), "{secret}");
        }
    }
}
