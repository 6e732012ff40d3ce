//! Configuration: environment variables, all read and checked before anything is opened.

use std::{net::SocketAddr, path::PathBuf};

pub use process::ConfigError;
use trace_store::{Retention, query::parse_duration};

use crate::access::Token;

pub(crate) const ADDR: &str = "WATERFALL_ADDR";
pub(crate) const DEFAULT_ADDR: &str = "127.0.0.1:16686";
pub(crate) const OTLP_HTTP_ADDR: &str = "WATERFALL_OTLP_HTTP_ADDR";
pub(crate) const DEFAULT_OTLP_HTTP_ADDR: &str = "127.0.0.1:4318";
pub(crate) const OTLP_GRPC_ADDR: &str = "WATERFALL_OTLP_GRPC_ADDR";
pub(crate) const DEFAULT_OTLP_GRPC_ADDR: &str = "127.0.0.1:4317";
pub(crate) const MEMORY_LIMIT: &str = "WATERFALL_MEMORY_LIMIT";
pub(crate) const BODY_LIMIT: &str = "WATERFALL_BODY_LIMIT";
pub(crate) const DATA: &str = "WATERFALL_DATA";
pub(crate) const DISK_LIMIT: &str = "WATERFALL_DISK_LIMIT";
pub(crate) const KEEP: &str = "WATERFALL_KEEP";
pub(crate) const READ_TOKEN: &str = "WATERFALL_READ_TOKEN";
pub(crate) const INGEST_TOKEN: &str = "WATERFALL_INGEST_TOKEN";

const MIB: usize = 1 << 20;
/// What requests on their way in may take beside the memory of the traces. What they may take beyond is set aside of that.
const REQUESTS_BESIDE: usize = 24 * MIB;
/// About this part of the limit may be set aside for them.
const SHARE: usize = 4;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `WATERFALL_ADDR`: the page and the query API. Default 127.0.0.1:16686.
    pub page: SocketAddr,
    /// `WATERFALL_OTLP_HTTP_ADDR`: OTLP over HTTP. Default 127.0.0.1:4318.
    pub otlp_http: SocketAddr,
    /// `WATERFALL_OTLP_GRPC_ADDR`: OTLP over gRPC. Default 127.0.0.1:4317.
    pub otlp_grpc: SocketAddr,
    /// `WATERFALL_MEMORY_LIMIT`: what traces may take in memory, and requests beyond 24 MiB. Default 256MiB.
    pub memory_limit: usize,
    /// `WATERFALL_DATA`: the folder that keeps traces over a restart. Without it they are in memory alone.
    pub data: Option<PathBuf>,
    /// `WATERFALL_DISK_LIMIT`: what the files in that folder may take. Default 1GiB.
    pub disk_limit: usize,
    /// `WATERFALL_KEEP`: which traces stay longer than others, in at most a quarter of the bound: `errors`, `slow:500ms`, or
    /// both with a comma between. Default none.
    pub keep: Option<Retention>,
    /// `WATERFALL_BODY_LIMIT`: the largest export request, decompressed. Default 64MiB.
    pub body_limit: usize,
    /// `WATERFALL_READ_TOKEN`: what the page and the query API ask for. Without it they ask for nothing.
    pub(crate) read_token: Option<Token>,
    /// `WATERFALL_INGEST_TOKEN`: what senders of OTLP must show. Without it everybody may send.
    pub(crate) ingest_token: Option<Token>,
}

impl Config {
    /// Reads the variables through `lookup`. An empty one counts as unset.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is wrong.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let address = |variable: &str, default: &str| {
            process::address(variable, get(variable).as_deref().unwrap_or(default))
        };
        let body_limit = size(BODY_LIMIT, get(BODY_LIMIT), 64 * MIB, MIB / 16..=512 * MIB)?;
        // A body that fits nowhere could only be lost.
        let memory_limit = size(MEMORY_LIMIT, get(MEMORY_LIMIT), 256 * MIB, 2 * body_limit..=usize::MAX / 2)?;
        let disk_limit = size(DISK_LIMIT, get(DISK_LIMIT), 1024 * MIB, 8 * body_limit..=usize::MAX / 2)?;
        Ok(Self {
            data: get(DATA).map(PathBuf::from),
            disk_limit,
            keep: get(KEEP).map(keep).transpose()?,
            page: address(ADDR, DEFAULT_ADDR)?,
            otlp_http: address(OTLP_HTTP_ADDR, DEFAULT_OTLP_HTTP_ADDR)?,
            otlp_grpc: address(OTLP_GRPC_ADDR, DEFAULT_OTLP_GRPC_ADDR)?,
            memory_limit,
            body_limit,
            read_token: token(READ_TOKEN, get(READ_TOKEN))?,
            ingest_token: token(INGEST_TOKEN, get(INGEST_TOKEN))?,
        })
    }

    /// What all requests on their way in may take together: as much as one to four of the largest.
    pub(crate) fn request_room(&self) -> usize {
        let room = (self.memory_limit / SHARE + REQUESTS_BESIDE).max(self.body_limit);
        room.min(4 * self.body_limit)
    }

    /// What may lie unpacked while answers are made of it: as much as the memory of the traces, and enough for a large trace.
    pub(crate) fn read_room(&self) -> usize {
        const AT_LEAST: usize = 128 * MIB;
        self.memory_limit.max(AT_LEAST)
    }

    /// What the traces may take.
    pub(crate) fn trace_room(&self) -> usize {
        self.memory_limit - self.request_room().saturating_sub(REQUESTS_BESIDE)
    }
}

/// The address of the page, for the health check.
pub(crate) fn page_address() -> Result<SocketAddr, ConfigError> {
    let value = std::env::var(ADDR).ok().filter(|value| !value.is_empty());
    process::address(ADDR, value.as_deref().unwrap_or(DEFAULT_ADDR))
}

fn token(variable: &str, value: Option<String>) -> Result<Option<Token>, ConfigError> {
    let parse = |value: String| Token::parse(&value).ok_or_else(|| ConfigError::new(variable, Token::FORM));
    value.map(parse).transpose()
}

fn size(
    variable: &str,
    value: Option<String>,
    default: usize,
    allowed: std::ops::RangeInclusive<usize>,
) -> Result<usize, ConfigError> {
    let Some(value) = value else { return Ok(default.clamp(*allowed.start(), *allowed.end())) };
    parse_size(&value).filter(|size| allowed.contains(size)).ok_or_else(|| {
        let expected = format!("a size such as 256MiB, at least {} bytes", allowed.start());
        ConfigError::new(variable, expected).with_value(value)
    })
}

fn keep(value: String) -> Result<Retention, ConfigError> {
    let mut keep = Retention::default();
    for word in value.split(',').map(str::trim) {
        match word.split_once(':') {
            None if word == "errors" => keep.errors = true,
            Some(("slow", least)) if let Some(nanos) = parse_duration(least) => {
                keep.slower_than = Some(nanos);
            }
            _ => {
                let expected = "errors, slow:DURATION such as slow:500ms, or both with a comma between";
                return Err(ConfigError::new(KEEP, expected).with_value(value));
            }
        }
    }
    Ok(keep)
}

/// `64MiB`, `64MB`, `65536`; whole numbers only.
fn parse_size(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(memory: &str, body: &str) -> [usize; 2] {
        let config = Config::from_env(|name| match name {
            MEMORY_LIMIT => Some(memory.to_owned()),
            BODY_LIMIT => Some(body.to_owned()),
            _ => None,
        });
        let config = config.unwrap();
        [config.trace_room() / MIB, config.request_room() / MIB]
    }

    #[test]
    fn requests_have_room_for_the_largest_and_traces_have_what_is_left() {
        assert_eq!(rooms("", ""), [192, 88]);
        assert_eq!(rooms("256MiB", "4MiB"), [256, 16]);
        assert_eq!(rooms("128MiB", "64MiB"), [88, 64]);
        assert_eq!(rooms("4GiB", "64MiB"), [3864, 256]);
    }
}
