//! Formats an error and its sources as one line, bounded, with the secrets of URLs redacted; the message of a panic.

use std::any::Any;
use std::error::Error;
use std::fmt::{self, Display, Write};

use crate::otlp::truncated_to_bytes;
use crate::redact;

/// The longest text of an error, in bytes. Some errors quote the input that they reject.
const MAX_BYTES: usize = 4096;

/// Formats `error` and its sources as one line of at most 4 KiB. Secrets in URLs are redacted.
pub(crate) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for error in chain(error) {
        // Some errors repeat their source in their own text. Writing to a String cannot fail.
        let text = bounded(error);
        if line.is_empty() {
            line = text;
        } else if !line.ends_with(&text) {
            let _ = write!(line, ": {text}");
        }
    }
    // reqwest's errors contain the whole URL.
    for url in chain(error).filter_map(url_of) {
        line = line.replace(url.as_str(), &redact::url(url));
    }
    redact_and_bound(&line)
}

/// The message of a panic. It may quote an error, as that of `unwrap` does.
pub(crate) fn of_panic(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied();
    let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    of_display(&message.unwrap_or("a panic without a message"))
}

/// Formats an error whose sources are unknown, like [`with_sources`].
pub(crate) fn of_display(error: &dyn Display) -> String {
    redact_and_bound(&bounded(error))
}

fn redact_and_bound(line: &str) -> String {
    let mut line = redact::urls_in(line).into_owned();
    line.truncate(truncated_to_bytes(&line, MAX_BYTES).len());
    line
}

/// Formats `value`, and stops when it exceeds twice the limit. A secret that is cut there is beyond the limit.
fn bounded(value: &dyn Display) -> String {
    struct Bounded(String);

    impl Write for Bounded {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = (2 * MAX_BYTES).saturating_sub(self.0.len());
            self.0.push_str(truncated_to_bytes(text, room));
            if text.len() > room { Err(fmt::Error) } else { Ok(()) }
        }
    }

    let mut text = Bounded(String::new());
    // It fails when the limit is reached. What was written until then stays.
    let _ = write!(text, "{value}");
    text.0
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn url_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a reqwest::Url> {
    let reqwest = error.downcast_ref::<reqwest::Error>().and_then(reqwest::Error::url);
    reqwest.or_else(|| error.downcast_ref::<reqwest_middleware::Error>()?.url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let text = of_display(&"\u{e9}".repeat(1_000_000));
        assert_eq!((text.len(), text.chars().all(|character| character == '\u{e9}')), (MAX_BYTES, true));
        let odd = of_display(&format!("x{}", "\u{e9}".repeat(1_000_000)));
        assert_eq!(odd.len(), MAX_BYTES - 1);
    }

    #[test]
    fn the_message_of_a_panic_is_bounded_and_without_secrets_in_urls() {
        let unwrapped = |text: String| of_panic(&*Box::new(text));
        let text =
            unwrapped(r#"Error { kind: Connect, url: "https://me:pw@a.example/p?token=abc" }"#.to_owned());
        assert!(!text.contains("pw") && !text.contains("abc") && text.contains("a.example/p"), "{text}");
        assert_eq!(unwrapped("x".repeat(100_000)).len(), MAX_BYTES);
        assert_eq!(of_panic(&"gone"), "gone");
        assert_eq!(of_panic(&7), "a panic without a message");
    }

    #[test]
    fn secrets_in_urls_are_redacted() {
        let error = std::io::Error::other("no answer of https://me:pw@a.example/p?token=abc (refused)");
        assert_eq!(
            with_sources(&error),
            "no answer of https://REDACTED@a.example/p?token=REDACTED (refused)"
        );
    }
}
