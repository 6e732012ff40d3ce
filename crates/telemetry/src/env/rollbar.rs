//! The settings of error reports to Rollbar (`ROLLBAR_*`).

use std::path::PathBuf;

use super::proxy::Proxies;
use super::reader::Reader;
use super::token::Token;
use super::variables as v;

const DEFAULT_ENDPOINT: &str = "https://api.rollbar.com/api/1/item/";

/// The settings of error reports to Rollbar. They exist when `ROLLBAR_ACCESS_TOKEN` is set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rollbar {
    pub(crate) token: Token,
    pub(crate) endpoint: String,
    /// `None`: the resource's `deployment.environment.name`.
    pub(crate) environment: Option<String>,
    /// `None`: the resource's `service.version`.
    pub(crate) code_version: Option<String>,
    /// Names of fields to scrub, beside the built-in ones.
    pub(crate) scrub_fields: Vec<String>,
    /// A PEM file of root certificates, which replace the built-in ones.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) proxies: Proxies,
}

impl Rollbar {
    /// `None` without a token, with an invalid token or endpoint, and when the crate's feature `rollbar` is off.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let token = Token::read(reader, v::ROLLBAR_ACCESS_TOKEN.name);
        let endpoint = match reader.text(v::ROLLBAR_ENDPOINT) {
            // An invalid one is never replaced: errors would go to a host that nobody named.
            Some(_) => reader.url(v::ROLLBAR_ENDPOINT.name),
            None => Some(DEFAULT_ENDPOINT.to_owned()),
        };
        let environment = reader.text(v::ROLLBAR_ENVIRONMENT);
        let code_version = reader.text(v::ROLLBAR_CODE_VERSION);
        let scrub_fields = reader.list(v::ROLLBAR_SCRUB_FIELDS);
        let certificate = reader.pem_path(v::SSL_CERT_FILE.name);
        let proxies = Proxies::read(reader);
        let token = token?;
        let name = v::ROLLBAR_ACCESS_TOKEN.name;
        if !cfg!(feature = "rollbar") {
            reader.warnings.push(format!("{name} is ignored: telemetry's feature `rollbar` is off"));
            return None;
        }
        Some(Self {
            token,
            endpoint: endpoint?,
            environment,
            code_version,
            scrub_fields,
            certificate,
            proxies,
        })
    }
}
