//! A source map of whole lines, [ECMA-426](https://tc39.es/ecma426/): developer tools show the modules, which are served
//! as they are, instead of the bundle.

#[derive(Default)]
pub(crate) struct SourceMap {
    sources: Vec<String>,
    mappings: String,
    /// The line of the source that was mapped last, and that source.
    last: (usize, usize),
}

impl SourceMap {
    /// A line of the script that no source has.
    pub(crate) fn skip_line(&mut self) {
        self.mappings.push(';');
    }

    /// The next lines of the script are those of a source.
    pub(crate) fn add_source(&mut self, url: &str, lines: usize) {
        let source = self.sources.len();
        self.sources.push(format!("\"{url}\""));
        for line in 0..lines {
            // Column of the script; source, line and column of the source; all but the first relative to the last.
            self.mappings.push('A');
            self.append(source, self.last.1);
            self.append(line, self.last.0);
            self.mappings += "A;";
            self.last = (line, source);
        }
    }

    /// Appends a difference in the base64 digits of a variable-length quantity: sign last, five bits a digit.
    fn append(&mut self, value: usize, before: usize) {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut rest = value.abs_diff(before) << 1 | usize::from(value < before);
        loop {
            let more = if rest > 31 { 32 } else { 0 };
            self.mappings.push(char::from(DIGITS[rest & 31 | more]));
            rest >>= 5;
            if rest == 0 {
                break;
            }
        }
    }

    pub(crate) fn to_json(&self) -> String {
        format!(
            "{{\"version\":3,\"sources\":[{}],\"names\":[],\"mappings\":\"{}\"}}\n",
            self.sources.join(","),
            self.mappings
        )
    }
}
