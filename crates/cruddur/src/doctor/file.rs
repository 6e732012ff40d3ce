//! Reads trace files, in any format of `trace_model::trace_file`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use trace_model::trace_file;

/// Largest file that is read. Its spans need a few times as much memory.
const MAX_FILE: u64 = 1 << 30;

/// The export request of a file; `-` is standard input.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let mut json = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut json)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut json))
    }
    .with_context(|| format!("cannot read {name}"))?;
    if json.len() as u64 > MAX_FILE {
        bail!("{name} is larger than 1 GiB: split it by trace");
    }
    Ok(trace_file::to_requests(&json).with_context(|| format!("cannot read traces from {name}"))?.traces)
}
