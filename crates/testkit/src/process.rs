//! Runs a real binary with a clean environment, its own directory and free ports.
//!
//! A process is ready once it has written its readiness line, `{"part":"users","http":"http://127.0.0.1:40123"}`. Its
//! standard error is recorded, and printed if the test fails.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::http_server::lock;
use crate::sink::Sink;
use crate::wait::{DEADLINE, wait_until};

pub use rustix::process::Signal;

/// Variables inherited from the environment of the tests. All others are cleared.
const INHERITED: [&str; 5] = ["PATH", "TMPDIR", "LLVM_PROFILE_FILE", "RUST_BACKTRACE", "LD_LIBRARY_PATH"];

/// Listen addresses of all parts, set to any free port.
const ADDRESSES: [&str; 6] = [
    "GATEWAY_ADDR",
    "ACTIVITIES_ADDR",
    "USERS_ADDR",
    "WATERFALL_ADDR",
    "WATERFALL_OTLP_HTTP_ADDR",
    "WATERFALL_OTLP_GRPC_ADDR",
];

/// Builder of a [`Process`].
pub struct ProcessBuilder {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    directory: Arc<TempDir>,
}

/// A started process. Dropping it kills the process.
pub struct Process {
    name: String,
    child: Child,
    ready: Value,
    output: Arc<Mutex<Vec<String>>>,
    log: Arc<Mutex<Vec<String>>>,
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
    /// Builder for a program, usually `env!("CARGO_BIN_EXE_users")`.
    ///
    /// The environment contains only `PATH` and the like, addresses on free ports, `DATABASE_URL` in the process's own
    /// directory, and an export interval of 20 ms. Export is disabled until [`ProcessBuilder::exporting_to`].
    ///
    /// # Panics
    /// If no temporary directory can be created.
    pub fn builder(name: &str, program: impl AsRef<Path>) -> ProcessBuilder {
        let directory = TempDir::with_prefix("cruddur-test-").expect("a temporary directory can be created");
        let database = format!("sqlite://{}/{name}.db?mode=rwc", directory.path().display());
        let builder = ProcessBuilder {
            name: name.to_owned(),
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            directory: Arc::new(directory),
        };
        let inherited = INHERITED.into_iter().filter_map(|key| Some((key, std::env::var(key).ok()?)));
        let builder = inherited.fold(builder, |builder, (key, value)| builder.env(key, value));
        let builder = ADDRESSES.into_iter().fold(builder, |builder, key| builder.env(key, "127.0.0.1:0"));
        builder
            .env("DATABASE_URL", database)
            .env("OTEL_SERVICE_NAME", name)
            .env("OTEL_TRACES_EXPORTER", "none")
            .env("OTEL_BSP_SCHEDULE_DELAY", "20")
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

impl ProcessBuilder {
    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl Into<String>) -> Self {
        self.environment.insert(key.to_owned(), value.into());
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.environment.remove(key);
        self
    }

    /// Exports spans to a sink.
    #[must_use]
    pub fn exporting_to(self, sink: &Sink) -> Self {
        self.without("OTEL_TRACES_EXPORTER").env("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url())
    }

    /// Uses the directory, and so the data, of an earlier process.
    #[must_use]
    pub fn in_directory_of(mut self, other: &Process) -> Self {
        self.directory = Arc::clone(&other.directory);
        let database = format!("sqlite://{}/{}.db?mode=rwc", self.directory.path().display(), self.name);
        self.env("DATABASE_URL", database)
    }

    /// The process's own directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Starts it and waits for its readiness line.
    ///
    /// # Panics
    /// If it ends, or [`DEADLINE`] passes, before that line.
    pub async fn start(self) -> Process {
        let mut process = self.spawn();
        let what = format!("the readiness line of {}", process.name);
        let ready = wait_until(&what, DEADLINE, || {
            let line = lock(&process.output).iter().find(|line| line.starts_with('{')).cloned();
            if line.is_none()
                && let Ok(Some(status)) = process.child.try_wait()
            {
                panic!("{} ended before it was ready: {status}", process.name);
            }
            line
        })
        .await;
        process.ready = serde_json::from_str(&ready).unwrap_or_else(|error| panic!("{error}: {ready:?}"));
        process
    }

    /// Runs it until it exits: for commands and for processes that fail to start.
    ///
    /// # Panics
    /// If it has not ended after [`DEADLINE`].
    pub async fn run(self) -> Exit {
        self.spawn().wait().await
    }

    /// Starts it without waiting. The readiness line is not read.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn spawn(self) -> Process {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(&self.environment)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.program.display()));
        let output = collect_lines(child.stdout.take().expect("standard output is a pipe"));
        let log = collect_lines(child.stderr.take().expect("standard error is a pipe"));
        Process { name: self.name, child, ready: Value::Null, output, log, directory: self.directory }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> ProcessBuilder {
        Process::builder("shell", "/bin/sh").arg("-c").arg(script)
    }

    #[tokio::test]
    async fn a_process_is_ready_after_its_readiness_line_and_handles_sigterm() {
        let mut process = shell(
            r#"trap 'echo bye >&2; exit 3' TERM; echo '{"part":"shell","http":"http://x"}'; while :; do sleep 0.01; done"#,
        )
        .start()
        .await;
        assert_eq!((process.url(), process.ready("part")), ("http://x", "shell"));
        let exit = process.terminate().await;
        assert_eq!((exit.status.code(), exit.log.as_str()), (Some(3), "bye"));
    }

    #[tokio::test]
    #[should_panic(expected = "ended before it was ready: exit status: 1")]
    async fn a_process_that_exits_before_it_is_ready_fails_the_test() {
        shell("exit 1").start().await;
    }

    #[tokio::test]
    async fn a_process_has_a_clean_environment_and_its_own_directory() {
        let exit = shell("env; pwd").env("A", "b").run().await;
        assert!(exit.status.success());
        let line = |text: &str| exit.output.lines().any(|line| line == text);
        assert!(line("A=b") && line("USERS_ADDR=127.0.0.1:0") && line("OTEL_TRACES_EXPORTER=none"));
        assert!(!exit.output.contains("CARGO_"), "{}", exit.output);
        assert!(exit.output.contains("DATABASE_URL=sqlite:///"), "{}", exit.output);
    }

    #[tokio::test]
    async fn dropping_a_process_kills_it() {
        let process = shell("echo '{}'; exec sleep 100").start().await;
        let pid = process.pid();
        drop(process);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
