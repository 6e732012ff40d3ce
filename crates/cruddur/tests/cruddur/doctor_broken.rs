//! The doctor on our own services, each time really broken in one place: it names the cause and the hop, and nothing else.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use doctor::{Finding, Received, Report, Severity, diagnose};
use testkit::{MockResponse, MockServer, Process, ProcessBuilder, Request, Sink, wait_until};
use trace_model::{Nanos, otlp::read_traces};

use crate::system::{HOME, SAMPLE, System, cruddur};

const SOON: Duration = Duration::from_secs(30);
const UNTELLABLE: &str = "cannot be told apart";

/// A part as a process of its own.
fn part(name: &str, sink: &Sink) -> ProcessBuilder {
    Process::builder(name, env!("CARGO_BIN_EXE_cruddur")).arg("part").arg(name).exporting_to(sink)
}

/// The three services.
struct Services {
    users: Process,
    activities: Process,
    gateway: Process,
    client: reqwest::Client,
}

impl Services {
    /// `activities` and `users` as given; the gateway asks `activities_url` where it is given.
    async fn start(sink: &Sink, users: ProcessBuilder, activities: ProcessBuilder) -> Self {
        Self::start_behind(sink, users, activities, str::to_owned).await
    }

    async fn start_behind(
        sink: &Sink,
        users: ProcessBuilder,
        activities: ProcessBuilder,
        in_front_of_activities: impl FnOnce(&str) -> String,
    ) -> Self {
        let users = users.start().await;
        let activities = activities.env("USERS_URL", users.url()).start().await;
        let gateway = part("gateway", sink)
            .env("USERS_URL", users.url())
            .env("ACTIVITIES_URL", in_front_of_activities(activities.url()))
            .start()
            .await;
        Self { users, activities, gateway, client: reqwest::Client::new() }
    }

    async fn get(&self, path: &str) {
        let url = format!("{}{path}", self.gateway.url());
        assert_eq!(self.client.get(url).send().await.unwrap().status(), 200, "{path}");
    }

    async fn get_times(&self, times: usize, paths: &[&str]) {
        for _ in 0..times {
            for path in paths {
                self.get(path).await;
            }
        }
    }

    /// Stops all, so that they flush, and diagnoses what arrived.
    async fn diagnose(mut self, sinks: &[&Sink]) -> Report {
        for part in [&mut self.gateway, &mut self.activities, &mut self.users] {
            part.terminate().await;
        }
        diagnose_all(sinks)
    }
}

fn diagnose_all(sinks: &[&Sink]) -> Report {
    let exports: Vec<_> = sinks.iter().flat_map(|sink| sink.exports()).collect();
    let mut received = Vec::new();
    for export in exports.iter().filter(|export| export.path() == "/v1/traces") {
        assert_eq!(export.header("content-encoding"), None);
        let rejected = read_traces(&export.body, |_, origin, span| {
            received.push(Received { origin: *origin, span, arrived: Nanos::ZERO });
        });
        assert!(rejected.unwrap().is_empty());
    }
    diagnose(&received, Nanos::MAX)
}

/// Code, confidence and hop of each finding above a note.
fn above_note(report: &Report) -> Vec<(&str, &str, Option<&str>, Option<&str>)> {
    let above = report.findings.iter().filter(|finding| finding.severity > Severity::Note);
    let told = |finding: &Finding| (finding.code, finding.confidence.as_str());
    above
        .map(|finding| {
            let (code, confidence) = told(finding);
            (code, confidence, finding.hop.from.as_deref(), finding.hop.to.as_deref())
        })
        .collect()
}

fn assert_only(report: &Report, code: &str, confidence: &str, from: &str, to: &str) {
    assert_eq!(above_note(report), [(code, confidence, Some(from), Some(to))], "{:#?}", report.findings);
}

#[tokio::test]
async fn services_that_are_whole_have_no_finding_above_a_note() {
    let sink = Sink::start();
    let services = Services::start(&sink, part("users", &sink), part("activities", &sink)).await;
    services.get_times(8, &[HOME, &format!("/api/activities/{SAMPLE}")]).await;
    let report = services.diagnose(&[&sink]).await;
    assert_eq!((report.traces, above_note(&report)), (16, Vec::new()));
}

/// Requests from several clients at once, until they are stopped. Those that a restart cuts may fail.
fn load(url: String, clients: usize) -> Vec<tokio::task::JoinHandle<()>> {
    let run = move |client: usize| {
        let url = url.clone();
        async move {
            let http = reqwest::Client::new();
            for round in client.. {
                let path = if round % 3 == 0 { format!("/api/activities/{SAMPLE}") } else { HOME.to_owned() };
                if let Ok(answer) = http.get(format!("{url}{path}")).send().await {
                    drop(answer.bytes().await);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    (0..clients).map(|client| tokio::spawn(run(client))).collect()
}

#[tokio::test]
async fn services_under_load_that_restart_have_no_finding_above_a_note_and_at_most_one_note_a_trace() {
    let sink = Sink::start();
    let mut services = Services::start(&sink, part("users", &sink), part("activities", &sink)).await;
    let clients = load(services.gateway.url().to_owned(), 4);
    let served = async |least: usize| {
        wait_until("spans", SOON, || (sink.spans().len() > least).then_some(())).await;
    };
    served(500).await;
    let address = |process: &Process| process.url().trim_start_matches("http://").to_owned();
    let [users, activities] = [address(&services.users), address(&services.activities)];
    services.users.terminate().await;
    services.users = part("users", &sink).env("USERS_ADDR", users).start().await;
    served(sink.spans().len() + 500).await;
    services.activities.terminate().await;
    let restarted = part("activities", &sink).env("USERS_URL", services.users.url());
    services.activities = restarted.env("ACTIVITIES_ADDR", activities).start().await;
    served(sink.spans().len() + 500).await;
    for client in clients {
        client.abort();
    }
    let report = services.diagnose(&[&sink]).await;
    assert!(report.traces > 100, "{}", report.traces);
    assert_eq!(above_note(&report), [], "{:#?}", report.findings);
    let noted = report.findings.iter().flat_map(|finding| &finding.spans).map(|span| span.trace_id);
    let mut noted: Vec<_> = noted.collect();
    noted.sort_unstable();
    // Two spans of one note are in one trace: count each finding's traces once.
    let all: usize = report.findings.iter().map(|finding| finding.trace_ids().len()).sum();
    noted.dedup();
    assert_eq!(noted.len(), all, "two notes about one trace: {:#?}", report.findings);
}

/// A reverse proxy that drops the trace context on one route, and asks for the upstream's own host.
fn stripping_proxy(upstream: &str, route: &'static str) -> MockServer {
    let upstream = upstream.trim_start_matches("http://").to_owned();
    MockServer::start(move |request| {
        forward(&upstream, request, |name| {
            let is_context = ["traceparent", "tracestate"].contains(&name);
            !(is_context && request.path() == route)
        })
    })
}

/// Sends a request on, with the headers that are kept.
fn forward(upstream: &str, request: &Request, keeps: impl Fn(&str) -> bool) -> MockResponse {
    let mut head = format!("{} {} HTTP/1.1\r\nhost: {upstream}\r\n", request.method, request.target);
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if !["host", "connection", "content-length", "transfer-encoding"].contains(&name.as_str())
            && keeps(&name)
        {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
    }
    write!(head, "content-length: {}\r\nconnection: close\r\n\r\n", request.body.len()).unwrap();
    let mut connection = TcpStream::connect(upstream).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&request.body).unwrap();
    let mut response = Vec::new();
    connection.read_to_end(&mut response).unwrap();
    let end = response.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&response[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    MockResponse::status(status).header("content-type", "application/json").body(&response[end + 4..])
}

#[tokio::test]
async fn a_proxy_that_drops_the_header_on_one_route_is_named_at_its_hop() {
    let sink = Sink::start();
    let mut proxy = None;
    let services =
        Services::start_behind(&sink, part("users", &sink), part("activities", &sink), |activities| {
            proxy.insert(stripping_proxy(activities, "/activities/home")).url()
        })
        .await;
    let show = format!("/api/activities/{SAMPLE}");
    services.get_times(10, &[HOME, &show, &show, &show, &show]).await;
    let report = services.diagnose(&[&sink]).await;
    assert_only(&report, "header-dropped-on-route", "likely", "gateway", "activities");
    let finding = report.findings.iter().find(|finding| finding.code == "header-dropped-on-route").unwrap();
    assert_eq!((finding.occurrences.affected, finding.occurrences.of, finding.joins.len()), (10, 10, 10));
    assert_eq!(finding.hop.route.as_deref(), Some("/activities/home"));
}

#[tokio::test]
async fn a_probe_of_an_idle_system_names_a_proxy_that_drops_every_header() {
    let waterfall = System::of(cruddur().arg("waterfall").arg("--random-ports").arg("--json")).await;
    let sink = Sink::start();
    let endpoint = waterfall.process.ready("otlp_http").to_owned();
    let part = |name| part(name, &sink).env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
    let users = part("users").start().await;
    let activities = part("activities").env("USERS_URL", users.url()).start().await;
    let proxy = stripping_proxy(activities.url(), "/activities/home");
    let gateway = part("gateway").env("USERS_URL", users.url()).env("ACTIVITIES_URL", proxy.url());
    let gateway = gateway.start().await;
    let url = format!("{}{HOME}", gateway.url());
    let probe = cruddur().arg("doctor").arg("--url").arg(url).arg("--wait").arg("3");
    let probe = probe.arg("--waterfall").arg(waterfall.process.ready("http"));
    let exit = probe.arg("--expect").arg("gateway,activities").run().await;
    assert_eq!(exit.status.code(), Some(1), "{}{}", exit.output, exit.log);
    let found = ["error[untraced-hop]", "5 of 5 calls that gateway sends to", "from gateway to activities"];
    assert!(found.iter().all(|text| exit.output.contains(text)), "{}", exit.output);
}

#[tokio::test]
async fn a_service_that_samples_on_its_own_is_named() {
    let sink = Sink::start();
    let users =
        part("users", &sink).env("OTEL_TRACES_SAMPLER", "traceidratio").env("OTEL_TRACES_SAMPLER_ARG", "0.5");
    let services = Services::start(&sink, users, part("activities", &sink)).await;
    services.get_times(40, &[HOME]).await;
    let report = services.diagnose(&[&sink]).await;
    let found = above_note(&report);
    assert!(!found.is_empty(), "{:#?}", report.findings);
    for (code, confidence, from, to) in found {
        assert_eq!(
            (code, from, to),
            ("sampled-apart", Some("users"), Some("users")),
            "{:#?}",
            report.findings
        );
        assert_ne!(confidence, UNTELLABLE);
    }
}

#[tokio::test]
async fn an_exporter_that_is_gone_leaves_its_service_out() {
    let [sink, other] = [Sink::start(), Sink::start()];
    let services = Services::start(&sink, part("users", &sink), part("activities", &other)).await;
    services.get_times(4, &[HOME]).await;
    let is_home = |span: &&testkit::Span| span.label().starts_with("activities [server]");
    wait_until("the spans of 4 requests", testkit::DEADLINE, || {
        (other.spans().iter().filter(is_home).count() == 4).then_some(())
    })
    .await;
    other.down();
    services.get_times(6, &[HOME]).await;
    let report = services.diagnose(&[&sink, &other]).await;
    assert_only(&report, "service-exports-nothing", UNTELLABLE, "gateway", "activities");
    assert_eq!(report.findings[0].occurrences.affected, 6, "{:#?}", report.findings);
}

/// A library that puts the clock of a process two seconds ahead.
#[cfg(target_os = "linux")]
fn clock_ahead(directory: &std::path::Path) -> PathBuf {
    let source = r#"
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <time.h>
        int clock_gettime(clockid_t clock, struct timespec *time) {
            static int (*real)(clockid_t, struct timespec *);
            if (!real) real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(clock, time);
            if (clock == CLOCK_REALTIME) time->tv_sec += 2;
            return result;
        }"#;
    let [code, library] = ["clock.c", "clock.so"].map(|name| directory.join(name));
    std::fs::write(&code, source).unwrap();
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&code).status();
    assert!(compiled.unwrap().success());
    library
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_whose_clock_is_ahead_is_named_with_the_difference() {
    let sink = Sink::start();
    let directory = tempfile::TempDir::new().unwrap();
    let on_host = |name: &str, host: &str| {
        part(name, &sink).env("OTEL_RESOURCE_ATTRIBUTES", format!("host.name={host}"))
    };
    let users =
        on_host("users", "node-2").env("LD_PRELOAD", clock_ahead(directory.path()).display().to_string());
    let services = Services::start(&sink, users, on_host("activities", "node-1")).await;
    services.get_times(6, &[HOME]).await;
    let report = services.diagnose(&[&sink]).await;
    // Nothing that `users` calls has spans: a short job that was queued would look the same.
    assert_only(&report, "clock-skew", "likely", "users", "users");
    assert!(report.findings[0].summary.contains(" ahead of "), "{}", report.findings[0].summary);
}

#[tokio::test]
async fn a_service_with_another_propagator_is_named() {
    let sink = Sink::start();
    let activities = part("activities", &sink).env("OTEL_PROPAGATORS", "b3");
    let services = Services::start(&sink, part("users", &sink), activities).await;
    services.get_times(10, &[HOME]).await;
    let report = services.diagnose(&[&sink]).await;
    assert_only(&report, "propagators-differ", UNTELLABLE, "activities", "activities");
}

/// Path of the example with the mistake. Cargo builds examples before it runs tests, into a sibling directory.
fn lost_span() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(|deps| deps.parent()).unwrap().join("examples/lost_span")
}

#[tokio::test]
async fn a_task_without_the_span_of_its_request_is_named() {
    let sink = Sink::start();
    let mut users = part("users", &sink).start().await;
    let orders = Process::builder("orders", lost_span()).arg(format!("{}/users/worf", users.url()));
    let mut orders = orders.exporting_to(&sink).start().await;
    let client = reqwest::Client::new();
    for _ in 0..12 {
        for path in ["/with-span", "/with-span", "/with-span", "/without-span"] {
            let response = client.get(format!("{}{path}", orders.url())).send().await.unwrap();
            assert_eq!(response.status(), 200);
        }
    }
    orders.terminate().await;
    users.terminate().await;
    let report = diagnose_all(&[&sink]);
    assert_only(&report, "context-lost-in-process", "likely", "orders", "orders");
    let finding = report.findings.iter().find(|finding| finding.severity > Severity::Note).unwrap();
    assert_eq!((finding.occurrences.affected, finding.joins.len()), (12, 12));
    assert_eq!(finding.hop.route.as_deref(), Some("/without-span"));
}
