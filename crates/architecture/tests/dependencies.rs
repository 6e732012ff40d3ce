//! Dependencies that must never exist between crates.

use std::collections::BTreeSet;

use architecture::packages::Packages;

const SERVICES: [&str; 3] = ["users", "activities", "gateway"];
const APIS: [&str; 2] = ["users-api", "activities-api"];
/// The package of `crates/telemetry`.
const TELEMETRY: &str = "one-trace";
const PURE: [&str; 4] = ["trace-model", "trace-store", "trace-text", "doctor"];
/// Packages that export telemetry.
const EXPORTERS: [&str; 5] = [
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "opentelemetry-stdout",
    "opentelemetry-aws",
    "tracing-opentelemetry",
];
/// A second TLS stack, or one that needs a C library.
const OTHER_TLS_STACKS: [&str; 6] =
    ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "schannel"];

#[track_caller]
fn assert_without(dependent: &str, dependencies: &BTreeSet<&str>, forbidden: &[&str]) {
    let found: Vec<&&str> = forbidden.iter().filter(|name| dependencies.contains(**name)).collect();
    assert!(found.is_empty(), "{dependent} must not depend on {found:?}");
}

#[test]
fn a_service_depends_on_no_other_service() {
    let packages = Packages::resolve();
    for service in SERVICES {
        let others: Vec<&str> = SERVICES.into_iter().filter(|other| *other != service).collect();
        assert_without(service, &packages.all_dependencies(service), &others);
    }
}

#[test]
fn api_crates_depend_on_neither_a_server_framework_nor_telemetry() {
    let packages = Packages::resolve();
    for api in APIS {
        assert_without(api, &packages.all_dependencies(api), &["actix-web", TELEMETRY, "opentelemetry"]);
    }
}

#[test]
fn telemetry_depends_on_no_crate_of_the_workspace() {
    let packages = Packages::resolve();
    assert_without(TELEMETRY, &packages.all_dependencies(TELEMETRY), &packages.members());
}

#[test]
fn telemetry_needs_no_newer_rust_than_its_dependencies() {
    // `.ci/steps/package` compiles it with that version.
    let packages = Packages::resolve();
    let versions = packages.rust_versions_below(TELEMETRY);
    let (highest, name) = versions.last().expect("a dependency that names its Rust version");
    assert_eq!(packages.rust_version(TELEMETRY), *highest, "{name} decides the rust-version of {TELEMETRY}");
}

#[test]
fn process_is_a_leaf_without_telemetry_or_a_web_framework() {
    let packages = Packages::resolve();
    let forbidden = [packages.members(), vec!["actix-web", "tracing", "opentelemetry"]].concat();
    assert_without("process", &packages.all_dependencies("process"), &forbidden);
}

#[test]
fn only_telemetry_depends_on_an_exporter() {
    let packages = Packages::resolve();
    for member in packages.members().into_iter().filter(|member| ![TELEMETRY, "testkit"].contains(member)) {
        assert_without(member, &packages.direct_dependencies(member), &EXPORTERS);
    }
}

#[test]
fn testkit_is_a_dev_dependency_only() {
    let packages = Packages::resolve();
    for member in packages.members() {
        assert_without(member, &packages.all_dependencies(member), &["testkit", "architecture"]);
    }
}

#[test]
fn the_trace_crates_depend_on_no_network_runtime_or_telemetry() {
    let packages = Packages::resolve();
    for pure in PURE {
        let forbidden = ["actix-web", "reqwest", "hyper", "tokio", TELEMETRY];
        assert_without(pure, &packages.all_dependencies(pure), &forbidden);
    }
}

#[test]
fn the_waterfall_and_the_services_share_nothing_but_otlp() {
    let packages = Packages::resolve();
    let services: Vec<&str> = [&SERVICES[..], &APIS, &[TELEMETRY, "service", "database"]].concat();
    assert_without("waterfall", &packages.all_dependencies("waterfall"), &services);
    for service in SERVICES.iter().chain(&APIS) {
        let forbidden = ["waterfall", "trace-model", "trace-store", "doctor"];
        assert_without(service, &packages.all_dependencies(service), &forbidden);
    }
}

#[test]
fn one_version_of_opentelemetry_resolves() {
    // Two versions compile and run, but send no traceparent and report no error.
    let packages = Packages::resolve();
    for name in ["opentelemetry", "opentelemetry_sdk", "opentelemetry-proto"] {
        let versions = packages.versions_of(name);
        assert_eq!(versions.len(), 1, "{name}: {versions:?}");
    }
}

#[test]
fn one_tls_stack_resolves() {
    let packages = Packages::resolve();
    for name in OTHER_TLS_STACKS {
        assert_eq!(packages.versions_of(name), Vec::<&str>::new());
    }
    assert!(packages.versions_of("rustls").len() <= 1);
}
