//! Command line of the binary.

use process::{Cli, Variable};

use crate::{announce::NAME, config, honeycomb};

const VARIABLES: [Variable; 18] = [
    Variable { name: config::ADDR, default: config::DEFAULT_ADDR, help: "the page and the query API" },
    Variable {
        name: config::OTLP_HTTP_ADDR,
        default: config::DEFAULT_OTLP_HTTP_ADDR,
        help: "OTLP over HTTP, protobuf and JSON",
    },
    Variable {
        name: config::OTLP_GRPC_ADDR,
        default: config::DEFAULT_OTLP_GRPC_ADDR,
        help: "OTLP over gRPC",
    },
    Variable {
        name: config::DATA,
        default: "",
        help: "directory that keeps traces over a restart;\nunset: traces are in memory only",
    },
    Variable {
        name: config::MEMORY_LIMIT,
        default: "256MiB",
        help: "memory of stored traces; the oldest are evicted.\nThe process takes up to 96 MiB more, and traces\nbeing read as much again",
    },
    Variable { name: config::DISK_LIMIT, default: "1GiB", help: "size of the files in that directory" },
    Variable {
        name: config::KEEP,
        default: "",
        help: "errors, slow:500ms or both: traces retained longer\nthan others, in at most a quarter of the limits",
    },
    Variable { name: config::BODY_LIMIT, default: "64MiB", help: "largest export request, decompressed" },
    Variable {
        name: config::READ_TOKEN,
        default: "",
        help: "bearer token of the page and the query API;\nunset: no token is required",
    },
    Variable {
        name: config::INGEST_TOKEN,
        default: "",
        help: "bearer token of senders; unset: no token is required",
    },
    Variable {
        name: config::HOSTS,
        default: "",
        help: "names that requests for the page may be sent to, besides\naddresses, localhost and names without a dot",
    },
    Variable {
        name: config::ORIGINS,
        default: "",
        help: "origins of pages that may send telemetry, besides\nthose of this machine; as https://shop.example",
    },
    Variable {
        name: config::DOCTOR_CONFIG,
        default: "",
        help: "file of the doctor's findings that are known and\naccepted (doctor.toml)",
    },
    Variable {
        name: config::DOCTOR_WARNINGS,
        default: "off",
        help: "on: tell senders what the doctor found about their\nspans, in the warning of a partial success",
    },
    Variable {
        name: config::EXAMPLE_URL,
        default: "",
        help: "a request that is traced; the page suggests it\nwhile there are no traces",
    },
    Variable {
        name: honeycomb::TEAM,
        default: "",
        help: "slug of a Honeycomb team: the trace page links to\nHoneycomb's page of the trace",
    },
    Variable { name: honeycomb::ENVIRONMENT, default: "", help: "slug of its environment" },
    Variable { name: "RUST_LOG", default: "info", help: "log level" },
];

const NOTES: &str = "\
A program on this machine exports its traces here with OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318, or with the
port of WATERFALL_OTLP_HTTP_ADDR. With an ingest token it also needs
OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN.";

/// The command line: its help texts and variables.
pub fn cli() -> Cli {
    Cli {
        name: NAME,
        version: env!("CARGO_PKG_VERSION"),
        about: "The trace store and its page: stores OpenTelemetry traces and shows each as a waterfall.",
        variables: VARIABLES.to_vec(),
        notes: NOTES,
    }
}
