//! An error and its sources as one line of text.

use std::error::Error;

/// Joins an error and its sources with `: `. A source that the text already ends with is not repeated: some libraries
/// display their source themselves.
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        source: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (text, rest) = texts.split_first().expect("at least one text");
        Layer { text, source: (!rest.is_empty()).then(|| Box::new(layers(rest))) }
    }

    #[test]
    fn sources_follow_their_error() {
        assert_eq!(error_chain(&layers(&["cannot start", "port in use"])), "cannot start: port in use");
    }

    #[test]
    fn a_source_that_its_error_displays_is_not_repeated() {
        let error = layers(&["cannot open", "database: (code: 14) no file", "(code: 14) no file", "no file"]);
        assert_eq!(error_chain(&error), "cannot open: database: (code: 14) no file");
    }
}
