//! Recorded traces of other SDKs, shared with `trace-model`: see `crates/trace-model/tests/corpus/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use doctor::{Finding, Received, Report, diagnose};
use flate2::read::GzDecoder;
use serde_json::Value;
use trace_model::{Nanos, otlp::read_traces, trace_file};

/// The names of the recordings in a folder, `healthy` or `broken`, in order.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let files = std::fs::read_dir(corpus().join(folder)).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
    names.sort();
    names
}

/// One recording: all spans of all its traces, as one export request.
#[derive(Clone)]
pub(crate) struct Recording(Arc<[u8]>);

/// By folder and name: each file is decompressed and converted once.
static RECORDINGS: Mutex<BTreeMap<(String, String), Recording>> = Mutex::new(BTreeMap::new());

impl Recording {
    pub(crate) fn read(folder: &str, name: &str) -> Self {
        let key = (folder.to_owned(), name.to_owned());
        let mut recordings = RECORDINGS.lock().unwrap();
        recordings.entry(key).or_insert_with(|| Self::convert(folder, name)).clone()
    }

    fn convert(folder: &str, name: &str) -> Self {
        let mut json = Vec::new();
        let file = File::open(corpus().join(folder).join(format!("{name}.jsonl.gz"))).unwrap();
        GzDecoder::new(file).read_to_end(&mut json).unwrap();
        Self(trace_file::to_requests(&json).unwrap().traces.into())
    }

    pub(crate) fn received(&self) -> Vec<Received<'_>> {
        let mut received = Vec::new();
        let rejected = read_traces(&self.0, |_, origin, span| {
            received.push(Received { origin: *origin, span, arrived: Nanos::ZERO });
        });
        assert!(rejected.unwrap().is_empty());
        received
    }

    pub(crate) fn diagnose(&self) -> Report {
        diagnose(&self.received(), Nanos::MAX)
    }
}

/// What is known of a recording.
pub(crate) fn truth(folder: &str, name: &str) -> Value {
    serde_json::from_reader(File::open(corpus().join(folder).join(format!("{name}.json"))).unwrap()).unwrap()
}

/// The texts of a list in a truth; empty if it has none.
pub(crate) fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The ids of the traces that a finding is about.
pub(crate) fn trace_ids(finding: &Finding) -> BTreeSet<String> {
    finding.trace_ids().iter().map(ToString::to_string).collect()
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../trace-model/tests/corpus")
}
