//! An error and its sources as one line of text, without the secrets of a URL.

use std::error::Error;
use std::fmt::Write;

use crate::redact;

/// The error and what lies beneath it, as one line, without the secrets of a URL in it.
pub(crate) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for error in chain(error) {
        // Some libraries' errors repeat their source; saying it once is enough. Writing to a String cannot fail.
        let text = error.to_string();
        if line.is_empty() {
            line = text;
        } else if !line.ends_with(&text) {
            let _ = write!(line, ": {text}");
        }
    }
    // reqwest's errors say the whole URL.
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
