//! Formats an error and its sources as one line, with the secrets of URLs redacted.

use std::error::Error;
use std::fmt::Write;

use crate::redact;

/// Formats `error` and its sources as one line. Secrets in the URLs of reqwest's errors are redacted.
pub(crate) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for error in chain(error) {
        // Some errors repeat their source in their own text. Writing to a String cannot fail.
        let text = error.to_string();
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
    line
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn url_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a reqwest::Url> {
    let reqwest = error.downcast_ref::<reqwest::Error>().and_then(reqwest::Error::url);
    reqwest.or_else(|| error.downcast_ref::<reqwest_middleware::Error>()?.url())
}
