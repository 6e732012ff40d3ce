//! Whose line it is: every line of a part goes to standard error with its name before it, coloured on a terminal.

use std::fmt::Display;
use std::io::{BufRead as _, BufReader, PipeReader, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anstyle::{AnsiColor, Style};

use crate::part::Part;

/// Longest line that is passed on whole: a part that writes without end must not fill our memory.
const LINE_LIMIT: u64 = 64 * 1024;
/// As wide as the longest name.
const NAME_WIDTH: usize = "activities".len();

/// The last line of a part, for saying why it could not start.
#[derive(Clone, Default)]
pub(super) struct LastLine(Arc<Mutex<Option<String>>>);

impl LastLine {
    pub(super) fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, line: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(line.to_owned());
    }
}

/// A line of the launcher's own.
pub(super) fn log(text: &str) {
    write("cruddur", AnsiColor::White, text);
}

/// Passes lines on until the pipe is closed, on a thread of its own: a terminal that is paused must not keep the
/// launcher from hearing signals. The handle ends with the pipe.
pub(super) fn forward(part: Part, pipe: PipeReader, last_line: LastLine) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in lines(pipe) {
            forward_line(part, &last_line, &line);
        }
    })
}

/// Writes a line of a part.
pub(super) fn forward_line(part: Part, last_line: &LastLine, line: &str) {
    if !line.trim().is_empty() {
        last_line.set(line);
    }
    write(part.name(), part.color(), line);
}

/// The lines of a pipe, whatever bytes they are. One that is too long comes in pieces.
pub(super) fn lines(pipe: PipeReader) -> impl Iterator<Item = String> {
    let mut reader = BufReader::new(pipe);
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let length = std::io::Read::take(&mut reader, LINE_LIMIT).read_until(b'\n', &mut line).ok()?;
        (length > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    })
}

fn write(name: &str, color: AnsiColor, text: &str) {
    let style = Style::new().fg_color(Some(color.into())).bold();
    let mut whole = String::new();
    for line in text.lines() {
        whole.push_str(&prefixed(name, style, &line));
    }
    // One write a line, so that lines of different parts do not mix. Nobody is left to tell when it fails.
    let _ = anstream::stderr().lock().write_all(whole.as_bytes());
}

fn prefixed(name: &str, style: Style, line: &dyn Display) -> String {
    format!("{style}{name:<NAME_WIDTH$} |{style:#} {line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_prefixed_with_the_name_of_its_part() {
        assert_eq!(prefixed("users", Style::new(), &"listening"), "users      | listening\n");
    }

    #[test]
    fn a_colour_ends_before_the_text() {
        let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
        assert_eq!(prefixed("users", green, &"x"), "\u{1b}[32musers      |\u{1b}[0m x\n");
    }

    #[test]
    fn a_line_without_end_comes_in_pieces() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let writing = thread::spawn(move || writer.write_all(&vec![b'a'; 100_000]).unwrap());
        let lengths: Vec<usize> = lines(reader).map(|line| line.len()).collect();
        writing.join().unwrap();
        assert_eq!(lengths, [65_536, 34_464]);
    }
}
