//! The binary as a process on free ports, and an HTTP client for it.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde::Deserialize;

use crate::{encoding::PROTOBUF, rows::with_objects, spans::trace_hex};

/// Longer than any wait of these tests on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// The announcement on standard output.
#[derive(Debug, Deserialize)]
pub(crate) struct Ready {
    pub(crate) part: String,
    pub(crate) http: String,
    pub(crate) otlp_http: String,
    pub(crate) otlp_grpc: String,
}

pub(crate) struct Waterfall {
    child: Child,
    log: tempfile::NamedTempFile,
    pub(crate) ready: Ready,
    pub(crate) client: reqwest::Client,
}

pub(crate) fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waterfall"));
    for name in ["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"] {
        command.env(name, "127.0.0.1:0");
    }
    for name in ["WATERFALL_READ_TOKEN", "WATERFALL_INGEST_TOKEN", "WATERFALL_DATA"] {
        command.env_remove(name);
    }
    command.envs(settings.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// [`command`] after a `ulimit` of the size of files: a write beyond it fails, as on a full disk.
pub(crate) fn command_within(ulimit: &str, settings: &[(&str, &str)]) -> Command {
    let inner = command(settings);
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("trap '' XFSZ; {ulimit}; exec \"$0\"")]).arg(inner.get_program());
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            limited.env(name, value)
        } else {
            limited.env_remove(name)
        };
    }
    limited.stdin(Stdio::null()).stdout(Stdio::piped());
    limited
}

impl Waterfall {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::of(command(settings))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = command.stderr(log.reopen().unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        Self { child, log, ready, client: reqwest::Client::new() }
    }

    /// Its standard error so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// Resident memory.
    pub(crate) fn resident_mib(&self) -> u64 {
        self.memory_mib("VmRSS:")
    }

    /// Peak of the resident memory.
    pub(crate) fn peak_mib(&self) -> u64 {
        self.memory_mib("VmHWM:")
    }

    fn memory_mib(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.ready.http)).send().await.unwrap()
    }

    /// The response as JSON, with rows as objects.
    pub(crate) async fn json(&self, path: &str) -> serde_json::Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        with_objects(response.json().await.unwrap())
    }

    /// The rows of a trace, as the page requests them.
    pub(crate) async fn rows(&self, trace: u8) -> Vec<serde_json::Value> {
        let trace = self.json(&format!("/api/ui/traces/{}", trace_hex(trace))).await;
        trace["rows"].as_array().unwrap().clone()
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> reqwest::Response {
        let mut request = self.client.post(format!("{}{path}", self.ready.otlp_http)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// Sends a file to the page's port.
    pub(crate) async fn import(&self, headers: &[(&str, &str)], file: Vec<u8>) -> reqwest::Response {
        let mut request = self.client.post(format!("{}/api/ui/import", self.ready.http)).body(file);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// Sends a protobuf request, of which all records must be stored.
    pub(crate) async fn export(&self, request: &impl prost::Message) {
        let response = self.post("/v1/traces", &[PROTOBUF], request.encode_to_vec()).await;
        assert_eq!(response.status(), 200);
        assert!(response.bytes().await.unwrap().is_empty());
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }
}

impl Drop for Waterfall {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(started.elapsed() < DEADLINE, "the process does not stop");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs the process until it ends, and returns its exit status and standard error.
pub(crate) fn fails(settings: &[(&str, &str)]) -> (ExitStatus, String) {
    let mut child = command(settings).spawn().unwrap();
    let status = wait(&mut child);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (status, stderr)
}
