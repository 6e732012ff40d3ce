//! Log output of the parts: each line goes to standard error, prefixed with the part's name, coloured on a terminal.

use std::fmt::Display;
use std::io::{BufRead as _, BufReader, PipeReader, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anstyle::{AnsiColor, Style};

use crate::part::Part;

/// Longest line that is forwarded in one piece. Bounds the memory that an endless line can take.
const LINE_LIMIT: u64 = 64 * 1024;
/// Width of the name column: that of the longest name.
const NAME_WIDTH: usize = "activities".len();

/// The last line that a part wrote. It explains why a part could not start.
#[derive(Clone, Default)]
pub(super) struct LastLine(Arc<Mutex<Option<String>>>);

impl LastLine {
    pub(super) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, line: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(line.to_owned());
    }
}

/// Writes a line of the launcher itself. It never blocks for long: the launcher handles signals on this thread.
pub(super) fn log_launcher(text: &str) {
    let output = lines_of("cruddur", AnsiColor::White, text);
    let has_colors = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let output = if has_colors { output } else { anstream::adapter::strip_str(&output).to_string() };
    let _ = process::StderrLog::new().write_all(output.as_bytes());
}

/// Forwards lines until the pipe is closed. Runs on its own thread, so a paused terminal cannot keep the launcher from
/// handling signals. The thread ends when the pipe is closed.
pub(super) fn forward(part: Part, pipe: PipeReader, last_line: LastLine) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in lines(pipe) {
            forward_line(part, &last_line, &line);
        }
    })
}

/// Writes a line of a part and remembers it.
pub(super) fn forward_line(part: Part, last_line: &LastLine, line: &str) {
    if !line.trim().is_empty() {
        last_line.set(line);
    }
    // One write, so that lines of different parts do not interleave. An error cannot be reported: this is standard
    // error.
    let _ = anstream::stderr().lock().write_all(lines_of(part.name(), part.color(), line).as_bytes());
}

/// Lines of a pipe, invalid UTF-8 replaced. A line longer than [`LINE_LIMIT`] is split.
pub(super) fn lines(pipe: PipeReader) -> impl Iterator<Item = String> {
    let mut reader = BufReader::new(pipe);
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let length = std::io::Read::take(&mut reader, LINE_LIMIT).read_until(b'\n', &mut line).ok()?;
        (length > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    })
}

fn lines_of(name: &str, color: AnsiColor, text: &str) -> String {
    let style = Style::new().fg_color(Some(color.into())).bold();
    text.lines().map(|line| prefixed(name, style, &line)).collect()
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
    fn the_colour_is_reset_before_the_text() {
        let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
        assert_eq!(prefixed("users", green, &"x"), "\u{1b}[32musers      |\u{1b}[0m x\n");
    }

    #[test]
    fn a_line_over_the_limit_is_split() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let writing = thread::spawn(move || writer.write_all(&vec![b'a'; 100_000]).unwrap());
        let lengths: Vec<usize> = lines(reader).map(|line| line.len()).collect();
        writing.join().unwrap();
        assert_eq!(lengths, [65_536, 34_464]);
    }
}
