//! Compresses the body of a request.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

pub(super) fn compressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
