//! Test fixture: starts the system and sends requests to it.

use reqwest::{Method, Response};
use serde_json::Value;
use testkit::{Process, ProcessBuilder, Signal, Sink, Trace, send_signal, wait_until};

pub(crate) const HOME: &str = "/api/activities/home";
/// Id of an activity of the sample data that has a reply.
pub(crate) const SAMPLE: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";

/// A running `cruddur up --random-ports --json`.
pub(crate) struct System {
    pub(crate) process: Process,
    pub(crate) client: reqwest::Client,
}

/// Builder of a `cruddur` process.
pub(crate) fn cruddur() -> ProcessBuilder {
    Process::builder("cruddur", env!("CARGO_BIN_EXE_cruddur"))
}

/// The timeouts of calls between the services, and one that no call exceeds on a busy machine.
const TIMEOUTS: [&str; 2] = ["ACTIVITIES_TIMEOUT_MS", "USERS_TIMEOUT_MS"];
const PATIENT: &str = "5000";

/// Builder of a system that exports spans to its own waterfall. Its calls are not repeated because they are slow.
pub(crate) fn up() -> ProcessBuilder {
    let up = cruddur().arg("up").arg("--random-ports").arg("--json").with_default_exporters();
    TIMEOUTS.into_iter().fold(up, |up, variable| up.env(variable, PATIENT))
}

/// [`up`], with the default timeouts of calls between the services.
pub(crate) fn impatient() -> ProcessBuilder {
    TIMEOUTS.into_iter().fold(up(), ProcessBuilder::without)
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
        // One connection per request, so that no idle connection is closed under a request.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { process, client }
    }

    pub(crate) fn gateway(&self) -> &str {
        self.process.ready("gateway")
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.gateway())).send().await.unwrap()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
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

    /// Kills a part with SIGKILL, and waits until the launcher has noticed.
    pub(crate) async fn kill(&self, part: &str) {
        send_signal(self.pid(part), Signal::KILL);
        let message = format!("{part} has ended");
        wait_until(&message, testkit::DEADLINE, || self.process.log().contains(&message).then_some(())).await;
    }

    /// Suspends a part until the guard is dropped.
    pub(crate) fn suspend(&self, part: &str) -> Suspended {
        send_signal(self.pid(part), Signal::STOP);
        Suspended(self.pid(part))
    }

    /// A trace from the waterfall's API v3, if it is there.
    pub(crate) async fn stored_trace(&self, trace_id: &str) -> Option<Trace> {
        let url = format!("{}/api/v3/traces/{trace_id}", self.process.ready("waterfall"));
        let response = self.client.get(url).send().await.unwrap();
        if response.status() == 404 {
            return None;
        }
        assert_eq!(response.status(), 200);
        let body: Value = response.json().await.unwrap();
        Some(Trace::from_otlp_json(&body["result"]))
    }
}

/// A suspended part. Dropping this resumes it; otherwise it would outlive the test.
pub(crate) struct Suspended(u32);

impl Drop for Suspended {
    fn drop(&mut self) {
        send_signal(self.0, Signal::CONT);
    }
}

/// The `traceresponse` header of a response.
pub(crate) fn traceresponse(response: &Response) -> String {
    let header = response.headers().get("traceresponse");
    let header = header.unwrap_or_else(|| panic!("no traceresponse in {response:?}"));
    header.to_str().unwrap().to_owned()
}
