//! The settings of `OTEL_TRACES_SAMPLER=xray`: where sampling rules come from.

use std::path::PathBuf;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::reader::Reader;
use super::variables as v;
use super::xray::DaemonAddress;

/// The pause between two fetches of rules, as in AWS's distributions.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5 * 60);
/// Seconds. Rules are used for an hour.
const LONGEST_INTERVAL: u64 = 86_400;

/// The settings of a sampler whose rules are fetched. They exist with `OTEL_TRACES_SAMPLER=xray`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RemoteSampler {
    /// `None`: the address is invalid, and no other one is asked in its place. The fallback decides.
    pub(crate) source: Option<RuleSource>,
}

/// Where rules are fetched from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RuleSource {
    /// The base URL: that of the daemon, or of a proxy that signs requests.
    pub(crate) endpoint: String,
    /// The pause between two fetches of rules.
    pub(crate) interval: Duration,
    /// A PEM file of root certificates, which replace the built-in ones.
    pub(crate) certificate: Option<PathBuf>,
}

impl RemoteSampler {
    /// The name of the sampler.
    const NAME: &str = "xray";

    pub(super) fn is_named(name: &str) -> bool {
        name.eq_ignore_ascii_case(Self::NAME)
    }

    /// `None` with another sampler, and when the crate's feature `xray` is off. `daemon` is `None` when its address is invalid.
    pub(super) fn read(reader: &mut Reader<'_>, daemon: Option<&DaemonAddress>) -> Option<Self> {
        let name = v::TRACES_SAMPLER.name;
        reader.text(v::TRACES_SAMPLER).filter(|sampler| Self::is_named(sampler))?;
        if !cfg!(feature = "xray") {
            reader.ignored(name, Self::NAME, "telemetry's feature `xray` is off");
            return None;
        }
        let certificate = reader.pem_path(v::SSL_CERT_FILE.name);
        let of_daemon = daemon.map(|daemon| format!("http://{}", daemon.tcp));
        let mut endpoint = of_daemon
            .ok_or_else(|| format!("{} is {}", v::AWS_XRAY_DAEMON_ADDRESS.name, DaemonAddress::PROBLEM));
        let mut interval = DEFAULT_INTERVAL;
        let name = v::TRACES_SAMPLER_ARG.name;
        for (key, value) in reader.pairs(name) {
            match key.as_str() {
                "endpoint" => {
                    let parsed = Endpoint::parse_without_user(&value);
                    endpoint = parsed.map_err(|error| format!("the endpoint in {name} is invalid: {error}"));
                }
                "polling_interval" => match value.parse() {
                    Ok(seconds @ 1..=LONGEST_INTERVAL) => interval = Duration::from_secs(seconds),
                    _ => reader.ignored(
                        name,
                        &value,
                        "polling_interval is not a number of seconds from 1 to 86400",
                    ),
                },
                _ => reader.ignored(name, &key, "expected endpoint or polling_interval"),
            }
        }
        match endpoint {
            Ok(endpoint) => Some(Self { source: Some(RuleSource { endpoint, interval, certificate }) }),
            // Never replaced by the default address: nobody named that.
            Err(problem) => {
                let name = v::TRACES_SAMPLER.name;
                reader.warnings.push(format!(
                    "{name}={} fetches no rules: {problem}; one request a second and 5 % of the others are sampled",
                    Self::NAME
                ));
                Some(Self { source: None })
            }
        }
    }
}
