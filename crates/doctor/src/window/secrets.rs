//! Which values have the form of a credential.

use trace_model::Value;

use super::redaction;

/// Whether a value has the form of a credential.
pub(crate) fn is_secret(value: &Value<'_>) -> bool {
    matches!(value, Value::String(text) if is_secret_text(text))
}

fn is_secret_text(text: &str) -> bool {
    // All forms are longer than most values.
    if text.len() < 16 {
        return false;
    }
    let token = text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("bearer "));
    token.is_some_and(|token| is_token(token, 16))
        || is_web_token(text)
        || is_private_key(text)
        || is_access_key(text)
        || has_password(text)
}

fn is_token(text: &str, least: usize) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte);
    text.len() >= least && text.bytes().all(is_part) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// In PEM: a header with content. A text that only mentions the header has no key.
fn is_private_key(text: &str) -> bool {
    // A search for one byte is much cheaper than one for a word.
    text.as_bytes().contains(&b'-')
        && text.contains("-----BEGIN")
        && text.split("PRIVATE KEY-----").skip(1).any(is_pem_content)
}

/// Whether a text begins with base 64, or with the fields of an encrypted key. Line breaks may be written as `\n`.
fn is_pem_content(text: &str) -> bool {
    let text = text.trim_start_matches(|letter: char| letter.is_whitespace() || "\\nr".contains(letter));
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    // No word is as long.
    text.starts_with("Proc-Type:") || text.bytes().take_while(is_base64).count() >= 16
}

/// Three parts in base 64, the first of which begins with `{"`.
fn is_web_token(text: &str) -> bool {
    let mut parts = text.split('.');
    let is_part = |part: Option<&str>| part.is_some_and(|part| part.len() >= 16 && is_token(part, 16));
    text.starts_with("eyJ") && is_part(parts.next()) && is_part(parts.next()) && parts.next().is_some()
}

/// Of AWS, or of GitHub.
fn is_access_key(text: &str) -> bool {
    let rest = |prefix: &str, length: usize, is_part: fn(u8) -> bool| {
        text.strip_prefix(prefix).is_some_and(|rest| rest.len() == length && rest.bytes().all(is_part))
    };
    rest("AKIA", 16, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        || rest("ghp_", 36, |byte| byte.is_ascii_alphanumeric())
}

/// `scheme://user:password@host`, unless the password is redacted.
fn has_password(text: &str) -> bool {
    if !text.as_bytes().contains(&b'@') {
        return false;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    let Some((_, password)) = user.split_once(':') else { return false };
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.bytes().all(is_scheme) && !redaction::is_redacted(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_of_a_credential_is_a_secret() {
        for secret in [
            "Bearer abcdef0123456789abcdef",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
            "AKIAIOSFODNN7EXAMPLE",
            "postgres://app:hunter2@db:5432/app",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx",
            "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqh\\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED",
        ] {
            assert!(is_secret_text(secret), "{secret}");
        }
        for harmless in [
            "4242424242424242",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "Bearer REDACTED",
            "https://REDACTED:REDACTED@example.com/x",
            "https://example.com/a?b=c@d:e",
            "postgres://app:****@db:5432/app",
            "postgres://app:%2A%2A%2A@db:5432/app",
            "redis://:[REDACTED]@cache:6379/0",
            "https://user:${TOKEN}@example.com/x",
            "-----BEGIN PRIVATE KEY----- is missing",
            "-----BEGIN PRIVATE KEY-----\nREDACTED\n-----END PRIVATE KEY-----",
            "SELECT * FROM users WHERE id = 1",
            "http://127.0.0.1:8080/users",
        ] {
            assert!(!is_secret_text(harmless), "{harmless}");
        }
    }
}
