//! Configuration from environment variables, all read and validated before any port or file is opened.

use std::{net::SocketAddr, path::PathBuf};

use doctor::Suppressions;
pub use process::ConfigError;
use process::Hosts;
use trace_store::{Retention, query::parse_duration};

use crate::{
    access::{Origins, Token},
    honeycomb::HoneycombPages,
};

pub(crate) const ADDR: &str = "WATERFALL_ADDR";
pub(crate) const DEFAULT_ADDR: &str = "localhost:16686";
pub(crate) const OTLP_HTTP_ADDR: &str = "WATERFALL_OTLP_HTTP_ADDR";
pub(crate) const DEFAULT_OTLP_HTTP_ADDR: &str = "localhost:4318";
pub(crate) const OTLP_GRPC_ADDR: &str = "WATERFALL_OTLP_GRPC_ADDR";
pub(crate) const DEFAULT_OTLP_GRPC_ADDR: &str = "localhost:4317";
pub(crate) const MEMORY_LIMIT: &str = "WATERFALL_MEMORY_LIMIT";
pub(crate) const BODY_LIMIT: &str = "WATERFALL_BODY_LIMIT";
pub(crate) const DATA: &str = "WATERFALL_DATA";
pub(crate) const DISK_LIMIT: &str = "WATERFALL_DISK_LIMIT";
pub(crate) const KEEP: &str = "WATERFALL_KEEP";
pub(crate) const READ_TOKEN: &str = "WATERFALL_READ_TOKEN";
pub(crate) const EXAMPLE_URL: &str = "WATERFALL_EXAMPLE_URL";
pub(crate) const DOCTOR_CONFIG: &str = "WATERFALL_DOCTOR_CONFIG";
pub(crate) const DOCTOR_WARNINGS: &str = "WATERFALL_DOCTOR_WARNINGS";
pub(crate) const INGEST_TOKEN: &str = "WATERFALL_INGEST_TOKEN";
pub(crate) const HOSTS: &str = "WATERFALL_HOSTS";
pub(crate) const ORIGINS: &str = "WATERFALL_ORIGINS";

const MIB: usize = 1 << 20;
/// Memory of requests being received that does not count against the memory limit. What they need above it is reserved
/// from the limit.
const UNCOUNTED_REQUEST_BYTES: usize = 24 * MIB;
/// About a quarter of the memory limit may be reserved for requests.
const REQUEST_FRACTION: usize = 4;

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// `WATERFALL_ADDR`: the page and the query API, at all addresses of the host. Default localhost:16686.
    pub page: Vec<SocketAddr>,
    /// `WATERFALL_OTLP_HTTP_ADDR`: OTLP over HTTP. Default localhost:4318.
    pub otlp_http: Vec<SocketAddr>,
    /// `WATERFALL_OTLP_GRPC_ADDR`: OTLP over gRPC. Default localhost:4317.
    pub otlp_grpc: Vec<SocketAddr>,
    /// `WATERFALL_MEMORY_LIMIT`: memory of the traces, and of requests above 24 MiB. Default 256MiB.
    pub memory_limit: usize,
    /// `WATERFALL_DATA`: directory that keeps traces over a restart. Without it they are in memory only.
    pub data: Option<PathBuf>,
    /// `WATERFALL_DISK_LIMIT`: size of the files in that directory. Default 1GiB.
    pub disk_limit: usize,
    /// `WATERFALL_KEEP`: traces retained longer than others, in at most a quarter of the limits: `errors`,
    /// `slow:500ms`, or both with a comma between. Default none.
    pub retention: Option<Retention>,
    /// `WATERFALL_BODY_LIMIT`: the largest export request, decompressed. Default 64MiB.
    pub body_limit: usize,
    /// `WATERFALL_EXAMPLE_URL`: a request that is traced. The page suggests it while there are no traces. Default none.
    pub example_url: Option<String>,
    /// `HONEYCOMB_TEAM`, `HONEYCOMB_ENVIRONMENT`: where the trace page links to. Default none.
    pub(crate) honeycomb: Option<HoneycombPages>,
    /// `WATERFALL_DOCTOR_CONFIG`: a file such as `doctor.toml`, of findings that are known and accepted. Default none.
    pub(crate) suppressions: Suppressions,
    /// `WATERFALL_DOCTOR_WARNINGS`: `on` tells senders what the doctor found about their spans. Default off.
    pub(crate) warns_senders: bool,
    /// `WATERFALL_HOSTS`: names that requests for the page and its API may be sent to, besides addresses, `localhost` and
    /// names without a dot. Default none.
    pub(crate) hosts: Hosts,
    /// `WATERFALL_ORIGINS`: origins of pages that may send telemetry, besides those of this machine. Default none.
    pub(crate) origins: Origins,
    /// `WATERFALL_READ_TOKEN`: bearer token of the page and the query API. Without it they require none.
    pub(crate) read_token: Option<Token>,
    /// `WATERFALL_INGEST_TOKEN`: bearer token of OTLP senders. Without it any client may send.
    pub(crate) ingest_token: Option<Token>,
}

impl Config {
    /// Reads the variables through `lookup`. An empty one counts as unset.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable with a wrong value.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let addresses = |variable: &str, default: &str| {
            process::addresses(variable, get(variable).as_deref().unwrap_or(default))
        };
        let body_limit = size(BODY_LIMIT, get(BODY_LIMIT), 64 * MIB, MIB / 16..=512 * MIB)?;
        // The limits have room for the largest body: otherwise it could never be stored.
        let memory_limit = size(MEMORY_LIMIT, get(MEMORY_LIMIT), 256 * MIB, 2 * body_limit..=usize::MAX / 2)?;
        let disk_limit = size(DISK_LIMIT, get(DISK_LIMIT), 1024 * MIB, 8 * body_limit..=usize::MAX / 2)?;
        Ok(Self {
            data: get(DATA).map(PathBuf::from),
            disk_limit,
            retention: get(KEEP).map(retention).transpose()?,
            page: addresses(ADDR, DEFAULT_ADDR)?,
            otlp_http: addresses(OTLP_HTTP_ADDR, DEFAULT_OTLP_HTTP_ADDR)?,
            otlp_grpc: addresses(OTLP_GRPC_ADDR, DEFAULT_OTLP_GRPC_ADDR)?,
            memory_limit,
            body_limit,
            example_url: get(EXAMPLE_URL).map(example_url).transpose()?,
            honeycomb: HoneycombPages::from_env(get)?,
            suppressions: get(DOCTOR_CONFIG).map(suppressions).transpose()?.unwrap_or_default(),
            warns_senders: get(DOCTOR_WARNINGS)
                .map(|value| switch(DOCTOR_WARNINGS, value))
                .transpose()?
                .unwrap_or_default(),
            origins: get(ORIGINS).map(origins).transpose()?.unwrap_or_default(),
            hosts: get(HOSTS).as_deref().map(hosts).transpose()?.unwrap_or_default(),
            read_token: token(READ_TOKEN, get(READ_TOKEN))?,
            ingest_token: token(INGEST_TOKEN, get(INGEST_TOKEN))?,
        })
    }

    /// Memory of all requests being received: that of one to four bodies of the largest size.
    pub(crate) fn request_budget(&self) -> usize {
        let budget = (self.memory_limit / REQUEST_FRACTION + UNCOUNTED_REQUEST_BYTES).max(self.body_limit);
        budget.min(4 * self.body_limit)
    }

    /// Memory of decompressed traces while responses are made from them: the memory limit, and at least 128 MiB, so
    /// that a large trace fits.
    pub(crate) fn read_budget(&self) -> usize {
        const MIN: usize = 128 * MIB;
        self.memory_limit.max(MIN)
    }

    /// Memory of the stored traces.
    pub(crate) fn trace_budget(&self) -> usize {
        self.memory_limit - self.request_budget().saturating_sub(UNCOUNTED_REQUEST_BYTES)
    }
}

/// The addresses of the page, for the health check.
pub(crate) fn page_addresses() -> Result<Vec<SocketAddr>, ConfigError> {
    let value = std::env::var(ADDR).ok().filter(|value| !value.is_empty());
    process::addresses(ADDR, value.as_deref().unwrap_or(DEFAULT_ADDR))
}

fn token(variable: &str, value: Option<String>) -> Result<Option<Token>, ConfigError> {
    let parse =
        |value: String| Token::parse(&value).ok_or_else(|| ConfigError::new(variable, Token::EXPECTED));
    value.map(parse).transpose()
}

fn hosts(value: &str) -> Result<Hosts, ConfigError> {
    Hosts::parse(value).map_err(|error| {
        ConfigError::new(HOSTS, "host names such as traces.example,*.traces.example, or *").because(error)
    })
}

fn origins(value: String) -> Result<Origins, ConfigError> {
    Origins::parse(&value).map_err(|_| {
        let expected = "origins such as https://shop.example,https://*.shop.example, or *";
        ConfigError::new(ORIGINS, expected).with_value(value)
    })
}

/// The page shows the URL in a shell command, so characters that end a quoted word are refused.
fn example_url(value: String) -> Result<String, ConfigError> {
    const MAX_LENGTH: usize = 2048;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@%&=+,".contains(&byte);
    let rest = ["http://", "https://"].into_iter().find_map(|scheme| value.strip_prefix(scheme));
    let is_url = rest.is_some_and(|rest| rest.bytes().next().is_some_and(|first| first != b'/'));
    if is_url && value.len() <= MAX_LENGTH && value.bytes().all(is_allowed) {
        return Ok(value);
    }
    Err(ConfigError::new(EXAMPLE_URL, "a URL such as http://localhost:8080/api/activities/home"))
}

fn switch(variable: &str, value: String) -> Result<bool, ConfigError> {
    match value.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(ConfigError::new(variable, "on or off").with_value(value)),
    }
}

fn suppressions(path: String) -> Result<Suppressions, ConfigError> {
    let read = std::fs::read_to_string(&path).map_err(|error| format!("a file that can be read ({error})"));
    let parsed = read.and_then(|text| {
        Suppressions::parse(&text).map_err(|error| format!("a file as in docs/doctor.md ({error})"))
    });
    parsed.map_err(|expected| ConfigError::new(DOCTOR_CONFIG, expected).with_value(path))
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

fn retention(value: String) -> Result<Retention, ConfigError> {
    let mut retention = Retention::default();
    for word in value.split(',').map(str::trim) {
        match word.split_once(':') {
            None if word == "errors" => retention.errors = true,
            Some(("slow", duration)) if let Some(nanos) = parse_duration(duration) => {
                retention.slower_than = Some(nanos);
            }
            _ => {
                let expected = "errors, slow:DURATION such as slow:500ms, or both with a comma between";
                return Err(ConfigError::new(KEEP, expected).with_value(value));
            }
        }
    }
    Ok(retention)
}

/// Parses `64MiB`, `64MB` or `65536`; whole numbers only.
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

    fn budgets(memory: &str, body: &str) -> [usize; 2] {
        let config = Config::from_env(|name| match name {
            MEMORY_LIMIT => Some(memory.to_owned()),
            BODY_LIMIT => Some(body.to_owned()),
            _ => None,
        });
        let config = config.unwrap();
        [config.trace_budget() / MIB, config.request_budget() / MIB]
    }

    #[test]
    fn the_example_url_cannot_end_a_quoted_word_of_a_shell() {
        for good in ["http://localhost:8080/api/activities/home", "https://[::1]/a?b=c&d=%20#@e"] {
            assert_eq!(example_url(good.to_owned()).unwrap(), good);
        }
        let long = format!("http://{}", "a".repeat(2048));
        for bad in [
            "localhost:8080",
            "ftp://a/",
            "http://",
            "http:///a",
            "http://a/'",
            "http://a/ b",
            "http://a/$(b)",
            &long,
        ] {
            assert!(example_url(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_request_budget_fits_the_largest_body_and_traces_get_the_rest() {
        assert_eq!(budgets("", ""), [192, 88]);
        assert_eq!(budgets("256MiB", "4MiB"), [256, 16]);
        assert_eq!(budgets("128MiB", "64MiB"), [88, 64]);
        assert_eq!(budgets("4GiB", "64MiB"), [3864, 256]);
    }
}
