//! Encodings of request bodies, and their headers.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

pub(crate) const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const GRPC: (&str, &str) = ("content-type", "application/grpc");
pub(crate) const GZIP: (&str, &str) = ("content-encoding", "gzip");

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
