//! Recorded traces of other SDKs: healthy ones, and ones with a known mistake. See `tests/corpus/README.md`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value;
use trace_model::{
    Origin, Span, TraceId,
    analysis::{Analysis, Rows},
    otlp::read_traces,
    trace_file,
    tree::{Tree, layout_spans},
};

/// The recordings whose traces are healthy, whatever looks odd in them.
pub(crate) const HEALTHY: [&str; 9] = [
    "go-grpc",
    "go-hotrod",
    "java-async",
    "java-web",
    "js-shop",
    "js-stream",
    "py-async",
    "py-web",
    "rust-web",
];

/// One recording: all spans of all its traces, as one export request.
pub(crate) struct Recording(Vec<u8>);

/// One trace of a recording.
pub(crate) struct Trace<'a> {
    pub(crate) id: TraceId,
    pub(crate) spans: Vec<(Origin<'a>, Span<'a>)>,
    pub(crate) tree: Tree,
}

impl Recording {
    /// `folder` is `healthy` or `broken`.
    pub(crate) fn read(folder: &str, name: &str) -> Self {
        let mut json = Vec::new();
        GzDecoder::new(File::open(path(folder, &format!("{name}.jsonl.gz"))).unwrap())
            .read_to_end(&mut json)
            .unwrap();
        Self(trace_file::to_requests(&json).unwrap().traces)
    }

    /// An `ExportTraceServiceRequest` in protobuf.
    pub(crate) fn from_request(request: Vec<u8>) -> Self {
        Self(request)
    }

    pub(crate) fn traces(&self) -> Vec<Trace<'_>> {
        let mut traces = BTreeMap::<TraceId, Vec<(Origin<'_>, Span<'_>)>>::new();
        let rejected = read_traces(&self.0, |_, origin, span| {
            traces.entry(span.trace_id).or_default().push((*origin, span));
        });
        assert!(rejected.unwrap().is_empty());
        traces.into_iter().map(|(id, spans)| Trace::new(id, spans)).collect()
    }
}

impl<'a> Trace<'a> {
    pub(crate) fn new(id: TraceId, spans: Vec<(Origin<'a>, Span<'a>)>) -> Self {
        Self { id, tree: layout_spans(&spans), spans }
    }

    pub(crate) fn analysis(&self) -> Analysis {
        Analysis::new(&self.spans, &self.tree)
    }

    /// The rows in which the analysis counts.
    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows::new(&self.spans, &self.tree)
    }
}

/// What is known of a recording: how it was made, its mistake, its broken traces.
pub(crate) fn truth(folder: &str, name: &str) -> Value {
    serde_json::from_reader(File::open(path(folder, &format!("{name}.json"))).unwrap()).unwrap()
}

fn path(folder: &str, file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder).join(file)
}
