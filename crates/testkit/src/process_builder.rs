//! Builder of a [`Process`]: program, arguments, environment and directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::process::{Exit, Process};
use crate::sink::Sink;

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

/// Variables that select the exporters. Without a collector, each end of a process would wait for an export.
const EXPORTERS: [&str; 3] = ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"];

/// Builder of a [`Process`].
pub struct ProcessBuilder {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    directory: Arc<TempDir>,
    /// Whether standard error is a full pipe that nobody reads.
    is_unread: bool,
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
            is_unread: false,
        };
        let inherited = INHERITED.into_iter().filter_map(|key| Some((key, std::env::var(key).ok()?)));
        let builder = inherited.fold(builder, |builder, (key, value)| builder.env(key, value));
        let builder = ADDRESSES.into_iter().fold(builder, |builder, key| builder.env(key, "127.0.0.1:0"));
        let builder = EXPORTERS.into_iter().fold(builder, |builder, key| builder.env(key, "none"));
        builder
            .env("DATABASE_URL", database)
            .env("OTEL_SERVICE_NAME", name)
            .env("OTEL_BSP_SCHEDULE_DELAY", "20")
    }
}

impl ProcessBuilder {
    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Connects standard error to a pipe that is full, and that nobody reads.
    #[must_use]
    pub fn with_unread_log(self) -> Self {
        Self { is_unread: true, ..self }
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
        self.with_default_exporters().env("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url())
    }

    /// Exports spans, metrics and log records wherever a process does by default.
    #[must_use]
    pub fn with_default_exporters(self) -> Self {
        EXPORTERS.into_iter().fold(self, Self::without)
    }

    /// Uses the directory, and so the data, of an earlier process.
    #[must_use]
    pub fn in_directory_of(mut self, other: &Process) -> Self {
        self.directory = other.shared_directory();
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
    /// If it ends, or [`DEADLINE`](crate::DEADLINE) passes, before that line.
    pub async fn start(self) -> Process {
        let mut process = self.spawn();
        process.wait_until_ready().await;
        process
    }

    /// Runs it until it exits: for commands and for processes that fail to start.
    ///
    /// # Panics
    /// If it has not ended after [`DEADLINE`](crate::DEADLINE).
    pub async fn run(self) -> Exit {
        self.spawn().wait().await
    }

    /// Starts it without waiting. The readiness line is not read.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn spawn(self) -> Process {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs(&self.environment).current_dir(self.directory.path());
        if self.is_unread {
            return Process::spawn_unread(self.name, &mut command, self.directory);
        }
        Process::spawn(self.name, &mut command, self.directory)
    }
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
