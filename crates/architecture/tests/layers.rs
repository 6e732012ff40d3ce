//! Which module may import which, inside the crates that have layers.
//!
//! A table lists the top-level modules of a crate, the lowest first. A row names all that its module imports, and may
//! name only modules above it: so imports flow one way. `cargo run -p architecture --example imports -- CRATE` prints the
//! rows as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use architecture::modules::Modules;

/// A module and the modules that it imports.
type Row = (&'static str, &'static [&'static str]);

fn read(name: &str) -> Modules {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
    Modules::read(&src).unwrap()
}

/// Asserts that a crate has exactly these layers, and no circle inside any of its modules.
#[track_caller]
fn assert_layers(name: &str, table: &[Row]) {
    let modules = read(name);
    let mut lower = BTreeSet::new();
    for (module, imports) in table {
        for import in *imports {
            assert!(
                lower.contains(import),
                "{name}: the table lists {import} not above {module}, which imports it"
            );
        }
        lower.insert(*module);
    }
    let table: BTreeMap<String, BTreeSet<String>> = table
        .iter()
        .map(|(module, imports)| ((*module).to_owned(), imports.iter().map(|it| (*it).to_owned()).collect()))
        .collect();
    for (module, imports) in modules.top_level_imports() {
        let Some(allowed) = table.get(&module) else { panic!("{name}: the table has no row for {module}") };
        let forbidden: Vec<&String> = imports.difference(allowed).collect();
        assert!(forbidden.is_empty(), "{name}: {module} may not import {forbidden:?}");
        let unused: Vec<&String> = allowed.difference(&imports).collect();
        assert!(unused.is_empty(), "{name}: {module} does not import {unused:?}: shorten its row");
    }
    for module in table.keys() {
        assert!(modules.top_level_imports().contains_key(module), "{name}: there is no module {module}");
    }
    assert_eq!(modules.circles(), Vec::<Vec<String>>::new(), "{name}: these modules import each other");
}

#[test]
fn no_modules_of_a_crate_import_each_other_in_a_circle() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut checked = 0;
    for entry in std::fs::read_dir(crates).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(
            read(&name).circles(),
            Vec::<Vec<String>>::new(),
            "{name}: these modules import each other"
        );
        checked += 1;
    }
    assert!(checked >= 16, "only {checked} crates");
}

#[test]
fn telemetry_imports_flow_one_way() {
    assert_layers(
        "telemetry",
        &[
            ("filter", &[]),
            ("ids", &[]),
            ("log_rate", &[]),
            ("log_records", &[]),
            ("semconv", &[]),
            ("otlp", &["semconv"]),
            ("redact", &[]),
            ("sampler", &[]),
            ("stderr_log", &[]),
            ("env", &["otlp", "sampler"]),
            ("error_chain", &["otlp", "redact"]),
            ("log_lines", &["error_chain", "log_rate", "stderr_log"]),
            ("export", &["env", "error_chain", "ids", "log_lines", "otlp", "sampler"]),
            ("propagation", &["env"]),
            ("resource", &["env", "semconv"]),
            ("rollbar", &["env", "export", "otlp", "redact"]),
            ("xray", &["env", "error_chain", "export", "ids", "otlp", "sampler"]),
            ("destinations", &["env", "export", "ids", "otlp", "resource", "rollbar", "xray"]),
            ("signals", &["env", "error_chain", "export", "otlp", "semconv"]),
            (
                "span",
                &[
                    "error_chain",
                    "export",
                    "filter",
                    "ids",
                    "log_lines",
                    "log_records",
                    "otlp",
                    "propagation",
                    "rollbar",
                    "sampler",
                    "semconv",
                    "signals",
                ],
            ),
            ("carrier", &["propagation", "span"]),
            ("exceptions", &["error_chain", "span"]),
            ("span_ext", &["span"]),
            (
                "start",
                &[
                    "env",
                    "error_chain",
                    "export",
                    "filter",
                    "log_lines",
                    "log_records",
                    "propagation",
                    "resource",
                    "rollbar",
                    "sampler",
                    "signals",
                    "span",
                    "xray",
                ],
            ),
            ("testing", &["export", "filter", "log_lines", "otlp", "sampler", "span"]),
            (
                "client",
                &[
                    "error_chain",
                    "exceptions",
                    "log_lines",
                    "otlp",
                    "propagation",
                    "redact",
                    "sampler",
                    "semconv",
                    "signals",
                    "span",
                ],
            ),
            ("database", &["error_chain", "exceptions", "otlp", "signals", "span"]),
            ("messaging", &["error_chain", "exceptions", "otlp", "span"]),
            (
                "server",
                &[
                    "error_chain",
                    "exceptions",
                    "otlp",
                    "propagation",
                    "redact",
                    "sampler",
                    "semconv",
                    "signals",
                    "span",
                ],
            ),
        ],
    );
}

#[test]
fn trace_store_imports_flow_one_way() {
    assert_layers(
        "trace-store",
        &[
            ("alloc_size", &[]),
            ("query", &[]),
            ("trace_slot", &[]),
            ("storage", &["alloc_size"]),
            ("attributes", &["alloc_size", "query", "storage", "trace_slot"]),
            ("ingest", &["attributes", "storage"]),
            ("index", &["alloc_size", "attributes", "ingest", "storage", "trace_slot"]),
            ("complete", &["attributes", "index", "query"]),
            ("metrics", &["index"]),
            ("read", &["index", "storage"]),
            ("retention", &["index", "ingest", "storage"]),
            ("search", &["attributes", "index", "query", "read", "storage", "trace_slot"]),
            (
                "store",
                &[
                    "complete",
                    "index",
                    "ingest",
                    "metrics",
                    "query",
                    "read",
                    "retention",
                    "search",
                    "storage",
                ],
            ),
        ],
    );
}

#[test]
fn waterfall_imports_flow_one_way() {
    assert_layers(
        "waterfall",
        &[
            ("accept", &[]),
            ("announce", &[]),
            ("changes", &[]),
            ("error_response", &[]),
            ("etag", &[]),
            ("log_limiter", &[]),
            ("sender_warnings", &[]),
            ("head_requests", &[]),
            ("honeycomb", &[]),
            ("malloc_env", &[]),
            ("standalone_page", &[]),
            ("stderr_log", &[]),
            ("access", &["accept", "error_response", "log_limiter", "standalone_page"]),
            ("error_page", &["accept", "error_response", "standalone_page"]),
            ("pages", &["error_response", "etag"]),
            ("config", &["access", "honeycomb"]),
            ("receiver", &["accept", "access", "announce", "changes", "log_limiter", "sender_warnings"]),
            (
                "api",
                &[
                    "access",
                    "announce",
                    "changes",
                    "error_response",
                    "etag",
                    "honeycomb",
                    "receiver",
                    "sender_warnings",
                ],
            ),
            ("servers", &["access", "announce", "api", "error_page", "head_requests", "pages", "receiver"]),
            (
                "run",
                &["access", "announce", "api", "changes", "config", "receiver", "sender_warnings", "servers"],
            ),
            ("cli", &["announce", "config", "honeycomb"]),
            ("start", &["announce", "cli", "config", "malloc_env", "run", "stderr_log"]),
        ],
    );
}
