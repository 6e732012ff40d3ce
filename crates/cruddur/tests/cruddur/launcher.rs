//! The launcher: ports, data, signals, and that nothing is left behind.

use std::net::TcpListener;
use std::path::Path;

use tempfile::TempDir;
use testkit::{DEADLINE, TraceResponse, wait_until};

use crate::system::{HOME, System, cruddur, traceresponse, up};

const PARTS: [&str; 4] = ["gateway", "activities", "users", "waterfall"];

fn is_there(pid: u32) -> bool {
    // A zombie whose parent is gone may wait a moment for its new one.
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

#[tokio::test]
async fn one_line_of_json_says_where_everything_is_once_it_answers() {
    let system = System::start().await;
    let line = system.process.readiness();
    let mut keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["activities", "gateway", "otlp_grpc", "otlp_http", "pids", "users", "waterfall"]);
    for part in PARTS {
        assert!(is_there(system.pid(part)), "{part} is a process of its own");
        let url = format!("{}/health/ready", system.process.ready(part));
        let status = system.client.get(url).send().await.unwrap().status();
        assert!(status.is_success(), "{part}: {status}");
    }
}

#[tokio::test]
async fn stopping_ends_every_part_and_takes_temporary_data_along() {
    let mut system = System::of(up().env("TMPDIR", std::env::temp_dir().display().to_string())).await;
    let pids = PARTS.map(|part| system.pid(part));
    let directory = std::fs::read_link(format!("/proc/{}/cwd", system.pid("users"))).unwrap();
    assert_eq!(directory, system.process.directory().canonicalize().unwrap());
    assert!(!directory.join("data").exists(), "data goes to a temporary directory");
    let exit = system.process.terminate().await;
    assert!(exit.status.success(), "{}", exit.log);
    assert!(!pids.into_iter().any(is_there));
    assert_eq!(exit.output.lines().count(), 1, "one line on standard output: {}", exit.output);
    // In the order that loses no span.
    let place = |part: &str| exit.log.rfind(&format!("{part:<10} |")).unwrap_or(0);
    assert!(place("gateway") < place("activities") && place("activities") < place("users"), "{}", exit.log);
}

#[tokio::test]
async fn data_stays_where_it_was_said_and_traces_are_there_again() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("kept here");
    let start = || System::of(up().arg("--data").arg(data.display().to_string()));
    let mut system = start().await;
    let answer = system.get(HOME).await;
    assert_eq!(answer.status(), 200);
    let id = TraceResponse::parse(&traceresponse(&answer)).trace_id;
    system.process.terminate().await;
    for file in ["users.db", "activities.db", "traces"] {
        assert!(data.join(file).exists(), "{file}");
    }
    let trace = start().await.v3(&id).await.expect("it was kept");
    assert_eq!(trace.assert_one_linked_trace().spans().len(), 11);
}

#[tokio::test]
async fn a_port_in_use_says_which_part_wanted_it_and_how_to_change_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let exit = cruddur().arg("up").env("USERS_ADDR", &address).run().await;
    assert_eq!(exit.status.code(), Some(1));
    let last = exit.log.lines().find(|line| line.contains("users did not start")).unwrap_or_default();
    for part in [address.as_str(), "USERS_ADDR", "Address already in use"] {
        assert!(last.contains(part), "{part} in {last:?}\n{}", exit.log);
    }
}

#[tokio::test]
async fn the_parts_stop_when_the_launcher_is_killed() {
    let mut system = System::start().await;
    let pids = PARTS.map(|part| system.pid(part));
    system.process.kill().await;
    wait_until("the end of all parts", DEADLINE, || (!pids.into_iter().any(is_there)).then_some(())).await;
}

#[tokio::test]
async fn a_second_interrupt_stops_at_once() {
    let mut system = System::start().await;
    let pids = PARTS.map(|part| system.pid(part));
    // It hangs, and so would the orderly stop.
    let hanging = system.suspend("gateway");
    system.process.interrupt();
    let asked = || system.process.log().contains("once more stops at once").then_some(());
    wait_until("the first interrupt", DEADLINE, asked).await;
    system.process.interrupt();
    let exit = system.process.wait().await;
    drop(hanging);
    assert_eq!(exit.status.code(), Some(130), "{}", exit.log);
    assert!(exit.log.contains(" | stopping at once"), "{}", exit.log);
    assert!(!pids.into_iter().any(is_there));
}

#[tokio::test]
async fn the_greeting_names_every_address_and_what_to_try() {
    // Without --json there is no readiness line to wait for, so the log tells.
    let builder =
        cruddur().arg("up").arg("--random-ports").arg("--data").arg("d").without("OTEL_TRACES_EXPORTER");
    let directory = builder.directory().to_owned();
    let mut process = builder.spawn();
    let greeting = wait_until("the greeting", DEADLINE, || {
        let output = process.output();
        output.contains("see the traces at").then_some(output)
    })
    .await;
    for part in
        ["curl -i http://localhost:", " request /api/activities/home --gateway http://127.0.0.1:", "OTLP"]
    {
        assert!(greeting.contains(part), "{part} in {greeting}");
    }
    assert!(!greeting.contains('\u{1b}'), "no colours into a pipe: {greeting:?}");
    assert!(Path::new(&directory.join("d")).exists());
    assert!(process.terminate().await.status.success());
}
