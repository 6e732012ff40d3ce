//! Starts the system for a test, and asks it.

use reqwest::{Method, Response};
use serde_json::Value;
use testkit::{Process, ProcessBuilder, Signal, Sink, Trace, send_signal, wait_until};

pub(crate) const HOME: &str = "/api/activities/home";
/// An activity of the sample data, with a reply.
pub(crate) const SAMPLE: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";

/// `cruddur up --random-ports --json`
pub(crate) struct System {
    pub(crate) process: Process,
    pub(crate) client: reqwest::Client,
}

/// A `cruddur` about to be started.
pub(crate) fn cruddur() -> ProcessBuilder {
    Process::builder("cruddur", env!("CARGO_BIN_EXE_cruddur"))
}

/// The system with spans going to its own waterfall.
pub(crate) fn up() -> ProcessBuilder {
    cruddur().arg("up").arg("--random-ports").arg("--json").without("OTEL_TRACES_EXPORTER")
}

impl System {
    pub(crate) async fn start() -> Self {
        Self::of(up()).await
    }

    pub(crate) async fn exporting_to(sink: &Sink) -> Self {
        Self::of(up().exporting_to(sink)).await
    }

    pub(crate) async fn of(builder: ProcessBuilder) -> Self {
        let process = builder.start().await;
        // One connection a request, so that none is closed while it is used.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { process, client }
    }

    pub(crate) fn gateway(&self) -> &str {
        self.process.ready("gateway")
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.gateway())).send().await.unwrap()
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.gateway()));
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    pub(crate) fn pid(&self, part: &str) -> u32 {
        self.process.readiness()["pids"][part].as_u64().and_then(|pid| pid.try_into().ok()).unwrap()
    }

    /// Kills a part as the system would, and waits until it is gone.
    pub(crate) async fn kill(&self, part: &str) {
        send_signal(self.pid(part), Signal::KILL);
        let said = format!("{part} has ended");
        wait_until(&said, testkit::DEADLINE, || self.process.log().contains(&said).then_some(())).await;
    }

    /// Lets a part hang until the guard is dropped.
    pub(crate) fn suspend(&self, part: &str) -> Suspended {
        send_signal(self.pid(part), Signal::STOP);
        Suspended(self.pid(part))
    }

    /// A trace from the waterfall, when it has one.
    pub(crate) async fn v3(&self, trace_id: &str) -> Option<Trace> {
        let url = format!("{}/api/v3/traces/{trace_id}", self.process.ready("waterfall"));
        let answer = self.client.get(url).send().await.unwrap();
        if answer.status() == 404 {
            return None;
        }
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        Some(Trace::from_otlp_json(&body["result"]))
    }
}

/// A part that hangs: goes on when this is dropped, else it would outlive the test.
pub(crate) struct Suspended(u32);

impl Drop for Suspended {
    fn drop(&mut self) {
        send_signal(self.0, Signal::CONT);
    }
}

/// The `traceresponse` of an answer.
pub(crate) fn traceresponse(answer: &Response) -> String {
    let header = answer.headers().get("traceresponse");
    let header = header.unwrap_or_else(|| panic!("no traceresponse in {answer:?}"));
    header.to_str().unwrap().to_owned()
}
