//! Runs a real binary with a clean environment, its own directory and free ports.
//!
//! A process is ready once it has written its readiness line, `{"part":"users","http":"http://127.0.0.1:40123"}`. Its
//! standard error is recorded, and printed if the test fails.

use std::io::{BufRead as _, BufReader, PipeReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::http_server::lock;
use crate::wait::{DEADLINE, wait_until};

pub use rustix::process::Signal;

/// Bytes of a pipe, as Linux creates it.
const PIPE: usize = 64 << 10;

/// A started process. Dropping it kills the process.
pub struct Process {
    name: String,
    child: Child,
    ready: Value,
    output: Arc<Mutex<Vec<String>>>,
    log: Arc<Mutex<Vec<String>>>,
    /// Standard error, if nobody reads it.
    unread: Option<PipeReader>,
    directory: Arc<TempDir>,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub struct Exit {
    pub status: ExitStatus,
    /// Time that [`Process::wait`] waited for the exit.
    pub after: Duration,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub log: String,
}

impl Process {
    /// Starts the command with its output connected to pipes.
    pub(crate) fn spawn(name: String, command: &mut Command, directory: Arc<TempDir>) -> Self {
        let mut process = Self::spawn_with(name, command.stderr(Stdio::piped()), directory);
        process.log = collect_lines(process.child.stderr.take().expect("standard error is a pipe"));
        process
    }

    /// Starts the command with a standard error that is full, and that nobody reads.
    pub(crate) fn spawn_unread(name: String, command: &mut Command, directory: Arc<TempDir>) -> Self {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(&vec![b'x'; PIPE]).expect("it fits the pipe");
        let mut process = Self::spawn_with(name, command.stderr(writer), directory);
        process.unread = Some(reader);
        process
    }

    fn spawn_with(name: String, command: &mut Command, directory: Arc<TempDir>) -> Self {
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let output = collect_lines(child.stdout.take().expect("standard output is a pipe"));
        Self { name, child, ready: Value::Null, output, log: Arc::default(), unread: None, directory }
    }

    /// Waits for the readiness line and parses it.
    pub(crate) async fn wait_until_ready(&mut self) {
        let what = format!("the readiness line of {}", self.name);
        let ready = wait_until(&what, DEADLINE, || {
            let line = lock(&self.output).iter().find(|line| line.starts_with('{')).cloned();
            if line.is_none()
                && let Ok(Some(status)) = self.child.try_wait()
            {
                panic!("{} ended before it was ready: {status}", self.name);
            }
            line
        })
        .await;
        self.ready = serde_json::from_str(&ready).unwrap_or_else(|error| panic!("{error}: {ready:?}"));
    }

    /// Waits until it is ready or has ended. Returns whether it is ready.
    pub(crate) async fn becomes_ready(&mut self) -> bool {
        let what = format!("the readiness or the end of {}", self.name);
        wait_until(&what, DEADLINE, || {
            let ready = lock(&self.output).iter().any(|line| line.starts_with('{'));
            let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            (ready || ended).then_some(ready)
        })
        .await
    }

    pub(crate) fn shared_directory(&self) -> Arc<TempDir> {
        Arc::clone(&self.directory)
    }

    /// URL of its HTTP server, from the readiness line.
    pub fn url(&self) -> &str {
        self.ready("http")
    }

    /// A string field of the readiness line.
    ///
    /// # Panics
    /// If there is no such field.
    #[track_caller]
    pub fn ready(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap_or_else(|| panic!("no {key:?} in {}", self.ready))
    }

    /// The whole readiness line.
    pub fn readiness(&self) -> &Value {
        &self.ready
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process's own directory, which is also its working directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Standard output so far.
    pub fn output(&self) -> String {
        lock(&self.output).join("\n")
    }

    /// Standard error so far.
    pub fn log(&self) -> String {
        lock(&self.log).join("\n")
    }

    /// Sends SIGTERM and waits for the exit.
    ///
    /// # Panics
    /// If it has not ended after [`DEADLINE`].
    pub async fn terminate(&mut self) -> Exit {
        self.signal(Signal::TERM);
        self.wait().await
    }

    /// Sends SIGKILL, so it cannot flush anything, and waits for the exit.
    ///
    /// # Panics
    /// If it has not ended after [`DEADLINE`].
    pub async fn kill(&mut self) -> Exit {
        self.signal(Signal::KILL);
        self.wait().await
    }

    /// Sends SIGTERM without waiting.
    pub fn send_sigterm(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends SIGINT, as Ctrl-C does, without waiting.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends SIGSTOP. Like a hanging process, it accepts connections and does not respond.
    pub fn suspend(&self) {
        self.signal(Signal::STOP);
    }

    /// Continues after [`Process::suspend`].
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Waits for the exit.
    ///
    /// # Panics
    /// If it has not ended after [`DEADLINE`].
    pub async fn wait(&mut self) -> Exit {
        let start = Instant::now();
        let name = self.name.clone();
        let status =
            wait_until(&format!("the exit of {name}"), DEADLINE, || self.child.try_wait().ok().flatten())
                .await;
        self.exit(status, start)
    }

    fn exit(&self, status: ExitStatus, start: Instant) -> Exit {
        // Each reader thread holds a clone until its pipe is closed.
        while Arc::strong_count(&self.output) > 1 || Arc::strong_count(&self.log) > 1 {
            if start.elapsed() > DEADLINE {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        Exit { status, after: start.elapsed(), output: self.output(), log: self.log() }
    }

    fn signal(&self, signal: Signal) {
        send_signal(self.child.id(), signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _reaped = self.child.wait();
        if thread::panicking() {
            eprintln!("---- {} wrote ----\n{}\n----", self.name, self.log());
        }
    }
}

/// Sends a signal to a process by pid. Does nothing if it has ended.
///
/// # Panics
/// If `pid` is not a valid process id.
pub fn send_signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id is positive");
    let _may_have_ended = kill_process(pid, signal);
}

/// Collects lines on a thread until the pipe is closed.
fn collect_lines(pipe: impl Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&lines);
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            lock(&into).push(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    });
    lines
}
