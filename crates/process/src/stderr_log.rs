//! Log lines on standard error that never block the process for long.
//!
//! Standard error may be a pipe whose reader has stopped. A thread that writes to it then waits forever, and with it the
//! requests that it serves. [`StderrLog`] waits for a moment, and then drops lines until there is room again. It counts
//! them.

use std::io::{self, Stderr, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a line waits for a reader that is merely slow.
const GRACE: Duration = Duration::from_millis(50);
/// A pipe that is ready takes so many bytes without blocking (`PIPE_BUF` of Linux).
const CHUNK: usize = 4096;

static STDERR: Mutex<State> = Mutex::new(State { is_stalled: false, dropped: 0 });

/// Writes log lines to standard error, each with one call of [`Write::write_all`]. All values share one count of dropped
/// lines.
#[derive(Debug, Default, Clone, Copy)]
pub struct StderrLog;

impl StderrLog {
    pub fn new() -> Self {
        Self
    }
}

impl Write for StderrLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = STDERR.lock().unwrap_or_else(PoisonError::into_inner);
        state.write_line::<Stderr>(&mut io::stderr(), line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What happened to earlier lines.
#[derive(Debug, Default)]
struct State {
    /// The last line found no room: the next one does not wait.
    is_stalled: bool,
    dropped: u64,
}

impl State {
    /// Writes a line, or counts it as dropped.
    fn write_line<W: AsFd + Write>(&mut self, writer: &mut W, line: &[u8]) -> io::Result<()> {
        if !self.has_room(writer)? {
            self.dropped += 1;
            return Ok(());
        }
        if self.dropped > 0 {
            let notice =
                format!("{} log lines were dropped, because nobody read standard error\n", self.dropped);
            writer.write_all(notice.as_bytes())?;
            self.dropped = 0;
        }
        for chunk in line.chunks(CHUNK) {
            if !self.has_room(writer)? {
                self.dropped += 1;
                break;
            }
            writer.write_all(chunk)?;
        }
        Ok(())
    }

    fn has_room(&mut self, writer: &impl AsFd) -> io::Result<bool> {
        let wait = if self.is_stalled { Duration::ZERO } else { GRACE };
        let mut ready = [PollFd::new(writer, PollFlags::OUT)];
        // Without a time limit it would wait forever, and a `Duration` of this size always converts.
        let limit = Timespec::try_from(wait).map_err(io::Error::other)?;
        self.is_stalled = match poll(&mut ready, Some(&limit)) {
            Ok(ready) => ready == 0,
            Err(rustix::io::Errno::INTR) => false,
            Err(error) => return Err(error.into()),
        };
        Ok(!self.is_stalled)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::time::Instant;

    use super::*;

    #[test]
    fn lines_are_dropped_and_counted_while_nobody_reads() {
        let (reader, mut writer) = io::pipe().unwrap();
        let (mut state, line) = (State::default(), [b"x".repeat(999), b"\n".to_vec()].concat());
        let started = Instant::now();
        for _ in 0..10_000 {
            state.write_line(&mut writer, &line).unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        let dropped = state.dropped;
        assert!(dropped > 9_000 && dropped < 10_000, "{dropped}");

        let mut lines = BufReader::new(reader).lines().map(Result::unwrap);
        let written = 10_000 - usize::try_from(dropped).unwrap();
        assert_eq!(lines.by_ref().take(written).filter(|line| line.len() == 999).count(), written);
        state.write_line(&mut writer, b"again\n").unwrap();
        let notice = format!("{dropped} log lines were dropped, because nobody read standard error");
        assert_eq!((lines.next(), lines.next()), (Some(notice), Some("again".to_owned())));
    }

    #[test]
    fn a_line_longer_than_the_pipe_does_not_block() {
        let (_reader, mut writer) = io::pipe().unwrap();
        let mut state = State::default();
        state.write_line(&mut writer, &b"x".repeat(1 << 20)).unwrap();
        assert_eq!(state.dropped, 1);
    }
}
