//! The settings of `OTEL_TRACES_SAMPLER=xray`: where sampling rules come from.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;
use super::variables as v;
use super::xray::DaemonAddress;

/// The pause between two fetches of rules, as in AWS's distributions.
const DEFAULT_INTERVAL: Duration = Duration::from_mins(5);

/// The settings of a sampler whose rules are fetched. They exist with `OTEL_TRACES_SAMPLER=xray`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RemoteSampler {
    /// The base URL: that of the daemon, or of a proxy that signs requests.
    pub(crate) endpoint: String,
    /// The pause between two fetches of rules.
    pub(crate) interval: Duration,
    /// A PEM file of root certificates, which replace the built-in ones.
    pub(crate) certificate: Option<PathBuf>,
}

impl RemoteSampler {
    /// The name of the sampler.
    pub(super) const NAME: &str = "xray";

    /// `None` with another sampler, and when the crate's feature `xray` is off.
    pub(super) fn read(reader: &mut Reader<'_>, daemon: &DaemonAddress) -> Option<Self> {
        let name = v::TRACES_SAMPLER.name;
        reader.text(v::TRACES_SAMPLER).filter(|sampler| sampler == Self::NAME)?;
        if !cfg!(feature = "xray") {
            reader.ignored(name, Self::NAME, "telemetry's feature `xray` is off");
            return None;
        }
        let certificate = reader.text(v::SSL_CERT_FILE).map(PathBuf::from);
        let endpoint = format!("http://{}", daemon.tcp);
        let mut settings = Self { endpoint, interval: DEFAULT_INTERVAL, certificate };
        let name = v::TRACES_SAMPLER_ARG.name;
        for (key, value) in reader.pairs(name) {
            match key.as_str() {
                "endpoint" if is_url(&value) => settings.endpoint = value,
                "endpoint" => {
                    reader
                        .warnings
                        .push(format!("{name}: the endpoint is ignored: not an http or https URL"));
                }

                "polling_interval" => match value.parse().ok().filter(|seconds| *seconds > 0) {
                    Some(seconds) => settings.interval = Duration::from_secs(seconds),
                    None => reader.ignored(name, value, "polling_interval is not a number of seconds"),
                },
                _ => reader.ignored(name, key, "expected endpoint or polling_interval"),
            }
        }
        Some(settings)
    }
}

fn is_url(value: &str) -> bool {
    let uri = value.parse::<http::Uri>();
    uri.is_ok_and(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")))
}
