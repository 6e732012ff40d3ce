//! `cruddur doctor --url`: a probe through the running system.

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Exit, ProcessBuilder};

use crate::system::{HOME, System, cruddur};

const ALL: &str = "gateway,activities,users";

fn probe(url: &str, waterfall: &str) -> ProcessBuilder {
    cruddur().arg("doctor").arg("--url").arg(url).arg("--waterfall").arg(waterfall).arg("--expect").arg(ALL)
}

async fn probe_of(system: &System, arguments: &[&str]) -> Exit {
    let url = format!("{}{HOME}", system.gateway());
    let command = probe(&url, system.process.ready("waterfall"));
    arguments.iter().fold(command, |command, argument| command.arg(*argument)).run().await
}

#[tokio::test]
async fn a_system_whose_traces_are_whole_passes() {
    let system = System::start().await;
    let directory = TempDir::new().unwrap();
    let junit = directory.path().join("doctor.xml").display().to_string();
    let exit = probe_of(&system, &["--junit", &junit]).await;
    assert_eq!(exit.status.code(), Some(0), "{}{}", exit.output, exit.log);
    assert!(exit.output.contains("users took part in 5 of 5 traces"), "{}", exit.output);
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert!(xml.contains("name=\"users takes part\"/>") && xml.contains("failures=\"0\""), "{xml}");
}

#[tokio::test]
async fn a_service_that_takes_no_part_fails_the_probe() {
    let system = System::start().await;
    system.kill("users").await;
    let directory = TempDir::new().unwrap();
    let junit = directory.path().join("doctor.xml").display().to_string();
    let exit = probe_of(&system, &["--json", "--junit", &junit, "--wait", "2"]).await;
    assert_eq!(exit.status.code(), Some(1), "{}{}", exit.output, exit.log);
    assert!(exit.log.contains("the traces have spans of activities, gateway"), "{}", exit.log);
    let report: Value = serde_json::from_str(&exit.output).unwrap();
    assert_eq!(report["expected"][2], json!({ "service": "users", "tookPart": 0, "of": 5 }));
    assert_eq!(report["expected"][1]["tookPart"], 5);
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert!(xml.contains("<failure message=\"users took part in 0 of 5 traces\">"), "{xml}");
}

#[tokio::test]
async fn a_probe_that_can_tell_nothing_says_so() {
    let system = System::start().await;
    let other = System::of(cruddur().arg("waterfall").arg("--random-ports").arg("--json")).await;
    let url = format!("{}{HOME}", system.gateway());
    for (url, waterfall, reason) in [
        (url.as_str(), other.process.ready("http"), "has no span of 5 requests"),
        (url.as_str(), "http://127.0.0.1:1", "no waterfall listens"),
        ("http://127.0.0.1:1/", other.process.ready("http"), "cannot send a request"),
    ] {
        let exit = probe(url, waterfall).arg("--wait").arg("1").run().await;
        assert_eq!(exit.status.code(), Some(2), "{url} {waterfall}: {}", exit.log);
        assert!(exit.log.contains(reason), "{reason} in {}", exit.log);
    }
}
