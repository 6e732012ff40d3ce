//! Dependencies that must never exist, held against what cargo resolves.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

const SERVICES: [&str; 3] = ["users", "activities", "gateway"];
const APIS: [&str; 2] = ["users-api", "activities-api"];
const PURE: [&str; 2] = ["trace-model", "trace-store"];
/// What makes spans leave a process.
const EXPORTING: [&str; 5] = [
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "opentelemetry-stdout",
    "opentelemetry-aws",
    "tracing-opentelemetry",
];
/// A second TLS stack, or one that needs a C library or half an hour of building.
const UNWANTED: [&str; 6] = ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "schannel"];

/// What cargo resolves for this machine.
struct Resolved {
    /// Of every package by id: its name.
    names: BTreeMap<String, String>,
    /// Of every package by id: what it is built with, tests aside.
    needs: BTreeMap<String, Vec<String>>,
    members: BTreeMap<String, String>,
}

impl Resolved {
    fn ask_cargo() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--filter-platform", &host()])
            .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let names: BTreeMap<_, _> =
            list(&metadata["packages"]).iter().map(|it| (text(&it["id"]), text(&it["name"]))).collect();
        let not_for_tests =
            |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|it| it["kind"] != "dev");
        let needs = list(&metadata["resolve"]["nodes"])
            .iter()
            .map(|node| {
                let needs = list(&node["deps"]).into_iter().filter(not_for_tests).map(|it| text(&it["pkg"]));
                (text(&node["id"]), needs.collect())
            })
            .collect();
        let members = list(&metadata["workspace_members"])
            .iter()
            .map(|id| (names[id.as_str().unwrap()].clone(), text(id)))
            .collect();
        Self { names, needs, members }
    }

    /// The names of what a member of the workspace names in its manifest.
    fn direct(&self, member: &str) -> BTreeSet<&str> {
        self.needs[&self.members[member]].iter().map(|id| self.names[id].as_str()).collect()
    }

    /// The names of everything that a member of the workspace is built from.
    fn all(&self, member: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![&self.members[member]];
        while let Some(id) = todo.pop() {
            for need in &self.needs[id] {
                if seen.insert(need) {
                    todo.push(need);
                }
            }
        }
        seen.into_iter().map(|id| self.names[id].as_str()).collect()
    }

    fn versions_of(&self, name: &str) -> Vec<&str> {
        // Only what is resolved: metadata also names what no feature asks for.
        self.needs.keys().filter(|id| self.names[*id] == name).map(String::as_str).collect()
    }
}

fn host() -> String {
    let output =
        Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into())).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[track_caller]
fn assert_without(what: &str, needs: &BTreeSet<&str>, never: &[&str]) {
    let found: Vec<&&str> = never.iter().filter(|name| needs.contains(**name)).collect();
    assert!(found.is_empty(), "{what} must not depend on {found:?}");
}

#[test]
fn a_service_depends_on_no_other_service() {
    let resolved = Resolved::ask_cargo();
    for service in SERVICES {
        let others: Vec<&str> = SERVICES.into_iter().filter(|other| *other != service).collect();
        assert_without(service, &resolved.all(service), &others);
    }
}

#[test]
fn what_is_said_on_the_wire_knows_neither_server_nor_telemetry() {
    let resolved = Resolved::ask_cargo();
    for api in APIS {
        assert_without(api, &resolved.all(api), &["actix-web", "telemetry", "opentelemetry"]);
    }
}

#[test]
fn telemetry_can_be_lifted_out() {
    let resolved = Resolved::ask_cargo();
    let members: Vec<&str> = resolved.members.keys().map(String::as_str).collect();
    assert_without("telemetry", &resolved.all("telemetry"), &members);
}

#[test]
fn only_telemetry_exports() {
    let resolved = Resolved::ask_cargo();
    for member in resolved.members.keys().filter(|member| *member != "telemetry" && *member != "testkit") {
        assert_without(member, &resolved.direct(member), &EXPORTING);
    }
    for member in resolved.members.keys() {
        assert_without(&format!("{member}, but for tests,"), &resolved.all(member), &["testkit"]);
    }
}

#[test]
fn what_a_trace_is_knows_no_network() {
    let resolved = Resolved::ask_cargo();
    for pure in PURE {
        assert_without(pure, &resolved.all(pure), &["actix-web", "reqwest", "hyper", "tokio", "telemetry"]);
    }
    if resolved.members.contains_key("doctor") {
        assert_without(
            "doctor",
            &resolved.all("doctor"),
            &["actix-web", "reqwest", "hyper", "tokio", "telemetry"],
        );
    }
}

#[test]
fn the_waterfall_and_the_services_share_nothing_but_otlp() {
    let resolved = Resolved::ask_cargo();
    let inner: Vec<&str> = [&SERVICES[..], &APIS, &["telemetry", "service", "database"]].concat();
    assert_without("waterfall", &resolved.all("waterfall"), &inner);
    for service in SERVICES.iter().chain(&APIS) {
        assert_without(service, &resolved.all(service), &["waterfall", "trace-model", "trace-store"]);
    }
}

#[test]
fn there_is_one_opentelemetry() {
    // Two versions compile, run and send no traceparent and no error.
    let resolved = Resolved::ask_cargo();
    for name in ["opentelemetry", "opentelemetry_sdk", "opentelemetry-proto"] {
        let versions = resolved.versions_of(name);
        assert_eq!(versions.len(), 1, "{name}: {versions:?}");
    }
}

#[test]
fn there_is_one_tls_stack_at_most_and_no_openssl() {
    let resolved = Resolved::ask_cargo();
    for name in UNWANTED {
        assert_eq!(resolved.versions_of(name), Vec::<&str>::new());
    }
    assert!(resolved.versions_of("rustls").len() <= 1);
}
