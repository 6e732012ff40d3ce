//! A service as a child process, which exports to a sink of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use crate::sink::{Sink, Span};

pub(crate) const BEFORE: &str = "before";
pub(crate) const AFTER: &str = "after";

/// The trace of the caller.
pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

pub(crate) struct Service {
    child: Child,
    /// Reads standard error, so that a long one, as of a panic with its backtrace, does not block the service.
    printed: Option<JoinHandle<String>>,
    url: String,
    sink: Sink,
}

/// The path of a binary of this workspace, which `run.sh` has built.
pub(crate) fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let target = test.parent().and_then(|deps| deps.parent()).expect("a target directory");
    let binary = target.join(name);
    assert!(binary.exists(), "{} is missing: start these tests with run.sh", binary.display());
    binary
}

/// A command that exports to `sink`, whatever the environment of the test says.
pub(crate) fn command(name: &str, sink: &Sink) -> Command {
    let mut command = Command::new(binary(name));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name == "RUST_LOG") {
        command.env_remove(name);
    }
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.url);
    command.env("OTEL_METRICS_EXPORTER", "none").env("OTEL_LOGS_EXPORTER", "none");
    command
}

impl Service {
    pub(crate) fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let sink = Sink::start();
        let mut command = command(name, &sink);
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the service starts");
        let mut url = String::new();
        let stdout = child.stdout.as_mut().expect("a pipe");
        BufReader::new(stdout).read_line(&mut url).expect("an address");
        let mut stderr = child.stderr.take().expect("a pipe");
        let printed = thread::spawn(move || {
            let mut printed = String::new();
            stderr.read_to_string(&mut printed).expect("text");
            printed
        });
        Self { child, printed: Some(printed), url: url.trim().to_owned(), sink }
    }

    fn traced(request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
    }

    pub(crate) async fn post(&self, note: &'static str) {
        let request = reqwest::Client::new().post(format!("{}/notes", self.url)).body(note);
        let response = Self::traced(request).send().await.expect("a response");
        assert_eq!(
            (response.status().as_u16(), response.text().await.expect("a body")),
            (200, "1".to_owned())
        );
    }

    /// The status of the response; `None` when the connection was closed without one.
    pub(crate) async fn get(&self, path: &str) -> Option<u16> {
        let request = reqwest::Client::new().get(format!("{}{path}", self.url));
        Some(Self::traced(request).send().await.ok()?.status().as_u16())
    }

    /// Sends SIGTERM and waits. Returns the exported spans and standard error.
    pub(crate) fn stop(mut self) -> (Vec<Span>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        let status = self.child.wait().expect("the process exits");
        let printed = self.printed.take().expect("it is taken once").join().expect("no panic");
        assert!(status.success(), "{printed}");
        (self.sink.all(), printed)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
