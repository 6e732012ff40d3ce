//! Log lines on standard error that never block the process for long.
//!
//! Standard error may be a pipe whose reader has stopped. A thread that writes to it then waits forever, and with it the
//! requests that it serves. [`StderrLog`] waits for a moment, and then drops lines until there is room again. It counts
//! them.
//!
//! The crate `process` compiles this file, too: neither of the two crates depends on the other.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use self::room::{Output, Patience};

static STDERR: Mutex<Option<Stderr>> = Mutex::new(None);

/// Writes log lines to standard error, each with one call of [`Write::write_all`]. All values share one count of dropped
/// lines.
///
/// A line waits for a slow reader for at most 50 ms, and all lines together for half of the time. While nobody reads,
/// lines are dropped at once. When there is room again, a line says how many.
#[derive(Debug, Default, Clone, Copy)]
#[non_exhaustive]
pub struct StderrLog;

impl StderrLog {
    /// A writer to standard error.
    pub fn new() -> Self {
        Self
    }

    /// Writes a line. A failure to write it has nowhere to be reported.
    pub fn print_line(self, text: &str) {
        let _ = { self }.write(format!("{text}\n").as_bytes());
    }
}

impl Write for StderrLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut stderr = STDERR.lock().unwrap_or_else(PoisonError::into_inner);
        let Stderr { output, log } =
            stderr.get_or_insert_with(|| Stderr { output: Output::of_stderr(), log: Log::default() });
        log.write_line(output, line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Stderr {
    output: Output,
    log: Log,
}

/// A pipe that is ready takes so many bytes without blocking (`PIPE_BUF` of Linux).
const CHUNK: usize = 4096;

/// What happened to earlier lines.
#[derive(Debug, Default)]
struct Log {
    patience: Patience,
    dropped: u64,
    /// The last line has no end.
    is_cut: bool,
}

impl Log {
    /// Writes a line, or counts it as dropped.
    fn write_line(&mut self, output: &mut Output, line: &[u8]) -> io::Result<()> {
        if !self.patience.has_room(output)? {
            self.dropped += 1;
            return Ok(());
        }
        if self.dropped > 0 {
            let start = if self.is_cut { "\n" } else { "" };
            let notice = format!(
                "{start}{} log lines were dropped, because nobody read standard error\n",
                self.dropped
            );
            if !written(output, notice.as_bytes())? {
                self.dropped += 1;
                return Ok(());
            }
            (self.dropped, self.is_cut) = (0, false);
        }
        for (at, chunk) in line.chunks(CHUNK).enumerate() {
            if !self.patience.has_room(output)? || !written(output, chunk)? {
                self.dropped += 1;
                self.is_cut = at > 0;
                break;
            }
        }
        Ok(())
    }
}

/// Writes bytes, unless that would block.
fn written(output: &mut Output, bytes: &[u8]) -> io::Result<bool> {
    match output.write_all(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        outcome => outcome.map(|()| true),
    }
}

#[cfg(unix)]
mod room {
    //! Whether standard error takes bytes without blocking.

    use std::fs::File;
    use std::io::{self, Stderr, Write};
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::fs::FileTypeExt;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{Mode, OFlags, open};

    /// How long a line waits for a reader that is merely slow.
    const GRACE: Duration = Duration::from_millis(50);
    /// How long all lines of a period wait.
    const GRACE_OF_PERIOD: Duration = Duration::from_millis(500);
    const PERIOD: Duration = Duration::from_secs(1);

    /// Where lines are written.
    #[derive(Debug)]
    pub(super) enum Output {
        /// A pipe or terminal that is opened again, so that its writes never block: several processes may share it, and each may
        /// take the room that another one has seen.
        NonBlocking(File),
        Stderr(Stderr),
    }

    impl Output {
        pub(super) fn of_stderr() -> Self {
            let stderr = io::stderr();
            reopened(&stderr).map_or(Self::Stderr(stderr), Self::NonBlocking)
        }
    }

    fn reopened(stderr: &Stderr) -> Option<File> {
        let kind = File::from(stderr.as_fd().try_clone_to_owned().ok()?).metadata().ok()?.file_type();
        // A file is left as it is: its position is shared with others that write to it.
        let may_block = kind.is_fifo() || kind.is_char_device();
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let path = if cfg!(target_os = "linux") { "/proc/self/fd/2" } else { return None };
        may_block.then(|| open(path, flags, Mode::empty()).ok().map(File::from))?
    }

    impl AsFd for Output {
        fn as_fd(&self) -> BorrowedFd<'_> {
            match self {
                Self::NonBlocking(file) => file.as_fd(),
                Self::Stderr(stderr) => stderr.as_fd(),
            }
        }
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self {
                Self::NonBlocking(file) => file.write(bytes),
                Self::Stderr(stderr) => stderr.write(bytes),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// How long lines still wait for room.
    #[derive(Debug, Default)]
    pub(super) struct Patience {
        /// The last line found no room: the next one does not wait.
        is_stalled: bool,
        period: Option<Instant>,
        waited: Duration,
    }

    impl Patience {
        /// Whether there is room, at once or after a moment.
        pub(super) fn has_room(&mut self, output: &impl AsFd) -> io::Result<bool> {
            let ready = is_ready(output, Duration::ZERO)? || (!self.is_stalled && self.waits_for(output)?);
            self.is_stalled = !ready;
            Ok(ready)
        }

        fn waits_for(&mut self, output: &impl AsFd) -> io::Result<bool> {
            let began = Instant::now();
            if self.period.is_none_or(|period| began.saturating_duration_since(period) >= PERIOD) {
                (self.period, self.waited) = (Some(began), Duration::ZERO);
            }
            let ready = is_ready(output, GRACE.min(GRACE_OF_PERIOD.saturating_sub(self.waited)))?;
            self.waited += began.elapsed();
            Ok(ready)
        }
    }

    fn is_ready(output: &impl AsFd, limit: Duration) -> io::Result<bool> {
        let mut ready = [PollFd::new(output, PollFlags::OUT)];
        // A `Duration` of this size always converts. Without a limit it would wait forever.
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        match poll(&mut ready, Some(&limit)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
mod room {
    //! Elsewhere, standard error is written to as it is.

    use std::io;

    pub(super) type Output = OfStderr;

    #[derive(Debug)]
    pub(super) struct OfStderr(io::Stderr);

    impl OfStderr {
        pub(super) fn of_stderr() -> Self {
            Self(io::stderr())
        }
    }

    impl io::Write for OfStderr {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug, Default)]
    pub(super) struct Patience;

    impl Patience {
        pub(super) fn has_room(&mut self, _: &OfStderr) -> io::Result<bool> {
            Ok(true)
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;
    use std::io::{BufRead, BufReader, PipeReader, Read};
    use std::os::fd::OwnedFd;
    use std::time::{Duration, Instant};

    use super::*;

    /// A pipe that blocks, as that of standard error may.
    fn pipe() -> (PipeReader, Output) {
        let (reader, writer) = io::pipe().unwrap();
        (reader, Output::NonBlocking(File::from(OwnedFd::from(writer))))
    }

    #[test]
    fn lines_are_dropped_and_counted_while_nobody_reads() {
        let (reader, mut writer) = pipe();
        let (mut state, line) = (Log::default(), [b"x".repeat(999), b"\n".to_vec()].concat());
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
        let (_reader, mut writer) = pipe();
        let mut state = Log::default();
        state.write_line(&mut writer, &b"x".repeat(1 << 20)).unwrap();
        assert_eq!(state.dropped, 1);
    }

    #[test]
    fn the_notice_is_a_line_of_its_own_after_a_line_that_was_cut() {
        let (mut reader, mut writer) = pipe();
        let mut state = Log::default();
        state.write_line(&mut writer, &b"x".repeat(1 << 20)).unwrap();
        reader.read_exact(&mut [0; 12 << 10]).unwrap();
        state.write_line(&mut writer, b"next\n").unwrap();
        drop(writer);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert!(
            rest.ends_with("x\n1 log lines were dropped, because nobody read standard error\nnext\n"),
            "{}",
            &rest[rest.len() - 200..]
        );
    }

    #[test]
    fn a_slow_reader_delays_lines_for_half_of_the_time_at_most() {
        let (mut reader, mut writer) = pipe();
        let mut state = Log::default();
        let started = Instant::now();
        for _ in 0..40 {
            // Waits, unless lines have waited for long enough.
            let dropped = state.dropped;
            while state.dropped <= dropped {
                state.write_line(&mut writer, &[b'x'; CHUNK]).unwrap();
            }
            reader.read_exact(&mut [0; CHUNK]).unwrap();
        }
        // 40 waits of 50 ms are 2 s.
        assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    }
}
