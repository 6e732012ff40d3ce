//! The inputs of one shape: a request of each size, in files of one folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use prost::Message;

use crate::{json, shapes::Shape};

/// Items of the inputs: spans, or links, events or attributes of one span. The first input only warms up.
pub(crate) const ITEMS: [u64; 3] = [50, 1_000, 2_000];

/// A request, and what is asked about it.
pub(crate) struct Input {
    pub(crate) items: u64,
    pub(crate) body: Vec<u8>,
    pub(crate) json: Vec<u8>,
    /// A folder for a store.
    pub(crate) disk: PathBuf,
    /// Of the first span.
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
}

/// Writes the inputs of all sizes.
pub(crate) fn write(folder: &Path, shape: Shape) {
    for items in ITEMS {
        let request = shape(items);
        let mut scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let first = scopes.find_map(|scope| scope.spans.first()).expect("a span");
        let ids = format!("{} {}", json::hex(&first.trace_id), json::hex(&first.span_id));
        write_file(folder, items, "request", &request.encode_to_vec());
        write_file(folder, items, "request.json", &json::of(&request));
        write_file(folder, items, "ids", ids.as_bytes());
    }
}

/// Reads the inputs of all sizes, the smallest first.
pub(crate) fn read(folder: &Path) -> impl Iterator<Item = Input> {
    ITEMS.into_iter().map(move |items| {
        let file = |name: &str| fs::read(path(folder, items, name)).expect("a file");
        let ids = String::from_utf8(file("ids")).expect("text");
        let (trace_id, span_id) = ids.split_once(' ').expect("two ids");
        Input {
            items,
            body: file("request"),
            json: file("request.json"),
            disk: path(folder, items, "store"),
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
        }
    })
}

impl Input {
    /// Writes an answer to the page, for the page's model.
    pub(crate) fn write_answer(&self, folder: &Path, name: &str, answer: &[u8]) {
        write_file(folder, self.items, &format!("{name}.json"), answer);
    }
}

fn write_file(folder: &Path, items: u64, name: &str, content: &[u8]) {
    fs::write(path(folder, items, name), content).expect("a file");
}

fn path(folder: &Path, items: u64, name: &str) -> PathBuf {
    folder.join(format!("{items}.{name}"))
}
