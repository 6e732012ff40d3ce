//! The launcher: ports, data directories, signals, and clean-up.

use std::net::TcpListener;
use std::path::Path;

use tempfile::TempDir;
use testkit::{DEADLINE, TraceResponse, wait_until};

use crate::system::{HOME, System, cruddur, traceresponse, up};

const PARTS: [&str; 4] = ["gateway", "activities", "users", "waterfall"];

fn is_running(pid: u32) -> bool {
    // An orphaned zombie may exist briefly until init reaps it.
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

#[tokio::test]
async fn the_json_flag_prints_all_addresses_once_every_part_is_ready() {
    let system = System::start().await;
    let line = system.process.readiness();
    let mut keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["activities", "gateway", "otlp_grpc", "otlp_http", "pids", "users", "waterfall"]);
    for part in PARTS {
        assert!(is_running(system.pid(part)), "{part} has its own process");
        let url = format!("{}/health/ready", system.process.ready(part));
        let status = system.client.get(url).send().await.unwrap().status();
        assert!(status.is_success(), "{part}: {status}");
    }
}

#[tokio::test]
async fn stopping_ends_every_part_and_removes_temporary_data() {
    let mut system = System::of(up().env("TMPDIR", std::env::temp_dir().display().to_string())).await;
    let pids = PARTS.map(|part| system.pid(part));
    let directory = std::fs::read_link(format!("/proc/{}/cwd", system.pid("users"))).unwrap();
    assert_eq!(directory, system.process.directory().canonicalize().unwrap());
    assert!(!directory.join("data").exists(), "data goes to a temporary directory");
    let exit = system.process.terminate().await;
    assert!(exit.status.success(), "{}", exit.log);
    assert!(!pids.into_iter().any(is_running));
    assert_eq!(exit.output.lines().count(), 1, "one line on standard output: {}", exit.output);
    // Callers stop before the services they call, so no span is lost.
    let last_log = |part: &str| exit.log.rfind(&format!("{part:<10} |")).unwrap_or(0);
    assert!(
        last_log("gateway") < last_log("activities") && last_log("activities") < last_log("users"),
        "{}",
        exit.log
    );
}

#[tokio::test]
async fn a_data_directory_is_kept_and_its_traces_are_loaded_again() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data here");
    let start = || System::of(up().arg("--data").arg(data.display().to_string()));
    let mut system = start().await;
    let response = system.get(HOME).await;
    assert_eq!(response.status(), 200);
    let id = TraceResponse::parse(&traceresponse(&response)).trace_id;
    system.process.terminate().await;
    for file in ["users.db", "activities.db", "traces"] {
        assert!(data.join(file).exists(), "{file}");
    }
    let trace = start().await.stored_trace(&id).await.expect("the trace was stored");
    assert_eq!(trace.assert_one_linked_trace().spans().len(), 11);
}

#[tokio::test]
async fn a_port_in_use_is_reported_with_the_part_and_its_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let exit = cruddur().arg("up").env("USERS_ADDR", &address).run().await;
    assert_eq!(exit.status.code(), Some(1));
    let last = exit.log.lines().find(|line| line.contains("users did not start")).unwrap_or_default();
    for part in [address.as_str(), "USERS_ADDR", "Address already in use", "--random-ports"] {
        assert!(last.contains(part), "{part} in {last:?}\n{}", exit.log);
    }
}

#[tokio::test]
async fn the_parts_stop_when_the_launcher_is_killed() {
    let mut system = System::start().await;
    let pids = PARTS.map(|part| system.pid(part));
    system.process.kill().await;
    wait_until("the end of all parts", DEADLINE, || (!pids.into_iter().any(is_running)).then_some(())).await;
}

#[tokio::test]
async fn a_second_interrupt_kills_all_parts() {
    let mut system = System::start().await;
    let pids = PARTS.map(|part| system.pid(part));
    // The gateway hangs, so a graceful stop would hang too.
    let hanging = system.suspend("gateway");
    system.process.interrupt();
    let stop_logged = || system.process.log().contains("a second signal kills everything").then_some(());
    wait_until("the first interrupt", DEADLINE, stop_logged).await;
    system.process.interrupt();
    let exit = system.process.wait().await;
    drop(hanging);
    assert_eq!(exit.status.code(), Some(130), "{}", exit.log);
    assert!(exit.log.contains(" | second stop signal: killing all parts"), "{}", exit.log);
    assert!(!pids.into_iter().any(is_running));
}

#[tokio::test]
async fn the_banner_names_the_addresses_and_commands_to_try() {
    // Without --json there is no readiness line, so the test waits for the banner.
    let builder = cruddur().arg("up").arg("--random-ports").arg("--data").arg("d").with_default_exporters();
    let directory = builder.directory().to_owned();
    let mut process = builder.spawn();
    let banner = wait_until("the banner", DEADLINE, || {
        let output = process.output();
        output.contains("open the traces at").then_some(output)
    })
    .await;
    for part in
        ["curl -i http://localhost:", " request /api/activities/home --gateway http://127.0.0.1:", "OTLP"]
    {
        assert!(banner.contains(part), "{part} in {banner}");
    }
    assert!(!banner.contains('\u{1b}'), "a pipe gets no colours: {banner:?}");
    assert!(Path::new(&directory.join("d")).exists());
    assert!(process.terminate().await.status.success());
}
