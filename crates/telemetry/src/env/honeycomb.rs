//! The settings of Honeycomb (`HONEYCOMB_*`).

use std::path::PathBuf;
use std::time::Duration;

use super::endpoint::join;
use super::otlp::{Otlp, Protocol, Vendor};
use super::proxy::Proxies;
use super::reader::Reader;
use super::signal::{Signal, warn_of_signal_path};
use super::token::Token;
use super::variables as v;

const DEFAULT_ENDPOINT: &str = "https://api.honeycomb.io";

/// The settings of Honeycomb. They exist when `HONEYCOMB_API_KEY` is set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Honeycomb {
    pub(crate) key: Token,
    /// The key that sets markers, if it is another one.
    pub(crate) configuration_key: Option<Token>,
    /// A base URL.
    pub(crate) endpoint: String,
    /// The dataset of a classic key. `None`: the resource's `service.name`.
    pub(crate) dataset: Option<String>,
    pub(crate) metrics_dataset: String,
    pub(crate) timeout: Duration,
    /// A PEM file of root certificates, which replace the built-in ones.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) proxies: Proxies,
}

impl Honeycomb {
    /// `None` without a key, and with an invalid key or endpoint.
    pub(super) fn read(reader: &mut Reader<'_>, timeout: Duration) -> Option<Self> {
        let configuration_key = Token::read(reader, v::HONEYCOMB_CONFIGURATION_KEY.name);
        let key = Token::read(reader, v::HONEYCOMB_API_KEY.name);
        let endpoint = match reader.text(v::HONEYCOMB_API_ENDPOINT) {
            // An invalid one is never replaced: the key would go to a host that nobody named.
            Some(_) => reader.url(v::HONEYCOMB_API_ENDPOINT.name),
            None => Some(DEFAULT_ENDPOINT.to_owned()),
        };
        if let Some(endpoint) = &endpoint {
            warn_of_signal_path(reader, v::HONEYCOMB_API_ENDPOINT.name, endpoint);
        }
        let dataset = dataset(reader, v::HONEYCOMB_DATASET.name);
        let metrics_dataset = dataset_or_default(reader);
        let certificate = reader.pem_path(v::SSL_CERT_FILE.name);
        let proxies = Proxies::read(reader);
        let (key, endpoint) = (key?, endpoint?);
        Some(Self {
            key,
            configuration_key,
            endpoint,
            dataset,
            metrics_dataset,
            timeout,
            certificate,
            proxies,
        })
    }

    /// The exporter of a signal of the service with this name.
    pub(crate) fn exporter(&self, signal: Signal, service: &str) -> Otlp {
        let dataset = match signal {
            Signal::Metrics => Some(self.metrics_dataset.as_str()),
            _ if is_classic(&self.key.0) => Some(self.dataset.as_deref().unwrap_or(service)),
            // Honeycomb names the dataset after the service.
            _ => None,
        };
        let mut headers = vec![("x-honeycomb-team".to_owned(), self.key.0.clone())];
        headers.extend(dataset.map(|dataset| ("x-honeycomb-dataset".to_owned(), dataset.to_owned())));
        Otlp {
            endpoint: self.endpoint_of(signal.path()),
            variable: Some(v::HONEYCOMB_API_ENDPOINT.name.to_owned()),
            protocol: Protocol::HttpProtobuf,
            headers,
            gzip: true,
            vendor: Vendor::Honeycomb,
            proxies: self.proxies.clone(),
            ..Otlp::of_endpoint(String::new(), self.timeout, self.certificate.clone())
        }
    }

    /// The URL of this path.
    pub(crate) fn endpoint_of(&self, path: &str) -> String {
        join(&self.endpoint, path)
    }
}

fn dataset(reader: &mut Reader<'_>, name: &str) -> Option<String> {
    reader.parsed(name, "not a valid header", |value| {
        value.parse::<http::HeaderValue>().is_ok().then(|| value.to_owned())
    })
}

fn dataset_or_default(reader: &mut Reader<'_>) -> String {
    let variable = v::HONEYCOMB_METRICS_DATASET;
    dataset(reader, variable.name).unwrap_or_else(|| variable.default.to_owned())
}

/// Whether this is a key of Honeycomb Classic: 32 hexadecimal digits, or `hc?ic_` and 58 characters.
///
/// Such a key needs the name of a dataset. The rule is that of Honeycomb's own library `husky`.
fn is_classic(key: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_ingest = || {
        let bytes = key.as_bytes();
        bytes.len() == 64
            && bytes.starts_with(b"hc")
            && bytes[2].is_ascii_lowercase()
            && &bytes[3..6] == b"ic_"
    };
    (key.len() == 32 && key.bytes().all(is_digit)) || is_ingest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honeycomb(key: &str) -> Honeycomb {
        let key = key.to_owned();
        let get = move |name: &str| (name == "HONEYCOMB_API_KEY").then(|| key.clone());
        Honeycomb::read(&mut Reader::new(&get), Duration::from_secs(1)).expect("settings")
    }

    fn dataset_header(otlp: &Otlp) -> Option<&str> {
        otlp.headers.iter().find(|(name, _)| name == "x-honeycomb-dataset").map(|(_, value)| value.as_str())
    }

    #[test]
    fn only_a_classic_key_sends_the_dataset_of_traces_and_logs() {
        let classic = ["0123456789abcdef0123456789abcdef".to_owned(), format!("hcaic_{}", "a".repeat(58))];
        let other = ["0123456789ABCDEF0123456789abcdef".to_owned(), format!("hcaik_{}", "a".repeat(58))];
        for key in &classic {
            for signal in [Signal::Traces, Signal::Logs] {
                assert_eq!(dataset_header(&honeycomb(key).exporter(signal, "users")), Some("users"), "{key}");
            }
        }
        for key in other.iter().map(String::as_str).chain(["hc", "abcdefghijklmnopqrstuv"]) {
            assert_eq!(dataset_header(&honeycomb(key).exporter(Signal::Traces, "users")), None, "{key}");
        }
    }

    #[test]
    fn metrics_have_a_dataset_of_their_own() {
        let key = "abcdefghijklmnopqrstuv";
        assert_eq!(dataset_header(&honeycomb(key).exporter(Signal::Metrics, "users")), Some("metrics"));
    }

    #[test]
    fn the_path_of_a_signal_is_added_to_the_endpoint() {
        let otlp = honeycomb("abcdefghijklmnopqrstuv").exporter(Signal::Logs, "users");
        assert_eq!(otlp.endpoint, "https://api.honeycomb.io/v1/logs");
        assert_eq!(otlp.headers[0], ("x-honeycomb-team".to_owned(), "abcdefghijklmnopqrstuv".to_owned()));
    }
}
