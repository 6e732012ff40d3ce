//! The region, and where credentials of AWS are looked for (`AWS_*`).

use std::path::PathBuf;

use super::reader::Reader;
use super::token::Token;
use super::variables as v;

/// The longest accepted name of a region, which becomes part of a host name.
const LONGEST_REGION: usize = 32;
const METADATA_ENDPOINT: &str = "http://169.254.169.254";
/// Where the container agent of ECS answers relative addresses.
const CONTAINER_ENDPOINT: &str = "http://169.254.170.2";

/// A region of AWS, such as `eu-central-1`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Region(pub(crate) String);

impl Region {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut named =
            |variable: v::Variable| reader.parsed(variable.name, "not the name of a region", Self::parse);
        let (region, default) = (named(v::AWS_REGION), named(v::AWS_DEFAULT_REGION));
        region.or(default)
    }

    fn parse(name: &str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = name.len() <= LONGEST_REGION
            && name.bytes().all(is_allowed)
            && name.contains('-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        is_name.then(|| Self(name.to_owned()))
    }

    /// The region in the host name of X-Ray's endpoint: `xray.<region>.amazonaws.com`, `xray.<region>.api.aws`,
    /// `xray-fips.<region>.amazonaws.com`, and those of VPC endpoints.
    pub(crate) fn of_host(url: &str) -> Option<Self> {
        let uri: http::Uri = url.parse().ok()?;
        let host = uri.host()?;
        let is_aws = ["amazonaws.com", "amazonaws.com.cn", "api.aws", "api.amazonwebservices.com.cn"]
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')));
        let mut labels = host.split('.');
        let _service = labels.by_ref().find(|label| is_aws && matches!(*label, "xray" | "xray-fips"))?;
        Self::parse(labels.next()?)
    }

    /// The endpoint of a service in this region.
    pub(super) fn endpoint(&self, service: &str) -> String {
        let domain = if self.0.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://{service}.{}.{domain}", self.0)
    }
}

/// Where credentials are looked for, in the order of AWS's own SDKs. Nothing is read before it is needed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CredentialSources {
    /// Those of the environment.
    pub(crate) environment: Option<AccessKeys>,
    pub(crate) profile: String,
    /// The shared credentials file that is named.
    pub(crate) file: Option<PathBuf>,
    /// `.aws/credentials` in the home directory, which need not exist.
    pub(crate) default_file: Option<PathBuf>,
    pub(crate) container: Option<Container>,
    /// Whether a web identity token is set, which is not supported.
    pub(crate) has_web_identity: bool,
    /// The base URL of the instance metadata service. `None`: it is not asked.
    pub(crate) metadata: Option<String>,
}

/// A pair of keys, and the session token of temporary ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AccessKeys {
    pub(crate) id: Token,
    pub(crate) secret: Token,
    pub(crate) session: Option<Token>,
}

/// The container credential provider of ECS and of EKS Pod Identity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Container {
    pub(crate) url: String,
    pub(crate) authorization: Option<Authorization>,
}

/// The header `Authorization` of requests to the container credential provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Authorization {
    /// A file that is read for each request, as its contents are replaced before they expire.
    File(PathBuf),
    Token(Token),
}

impl CredentialSources {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let metadata = match reader.text(v::AWS_EC2_METADATA_SERVICE_ENDPOINT) {
            // An invalid one is never replaced: the service of another host would be asked.
            Some(_) => reader.url(v::AWS_EC2_METADATA_SERVICE_ENDPOINT.name),
            None => Some(METADATA_ENDPOINT.to_owned()),
        };
        let disabled = reader.boolean(v::AWS_EC2_METADATA_DISABLED.name).unwrap_or(false);
        Self {
            environment: AccessKeys::read(reader),
            profile: reader.text(v::AWS_PROFILE).unwrap_or_else(|| v::AWS_PROFILE.default.to_owned()),
            file: reader.text(v::AWS_SHARED_CREDENTIALS_FILE).map(PathBuf::from),
            default_file: std::env::home_dir().map(|home| home.join(".aws").join("credentials")),
            container: Container::read(reader),
            has_web_identity: reader.text(v::AWS_WEB_IDENTITY_TOKEN_FILE).is_some(),
            metadata: metadata.filter(|_| !disabled),
        }
    }
}

impl AccessKeys {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut token = |variable: v::Variable| Token::read(reader, variable.name);
        let (id, secret) = (token(v::AWS_ACCESS_KEY_ID), token(v::AWS_SECRET_ACCESS_KEY));
        let session = token(v::AWS_SESSION_TOKEN);
        let is_valid = session.is_some() || reader.text(v::AWS_SESSION_TOKEN).is_none();
        is_valid.then_some(Self { id: id?, secret: secret?, session })
    }
}

impl Container {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let relative = reader.text(v::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI);
        let full = reader.text(v::AWS_CONTAINER_CREDENTIALS_FULL_URI);
        let file = reader.text(v::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE).map(PathBuf::from);
        let token = Token::read_header(reader, v::AWS_CONTAINER_AUTHORIZATION_TOKEN.name);
        let authorization = file.map(Authorization::File).or(token.map(Authorization::Token));
        let url = relative.map(|path| format!("{CONTAINER_ENDPOINT}{path}")).or(full)?;
        Some(Self { url, authorization })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_part_of_the_host_names_of_x_ray() {
        for (url, region) in [
            ("https://xray.eu-central-1.amazonaws.com/v1/traces", Some("eu-central-1")),
            ("https://xray.cn-north-1.amazonaws.com.cn/v1/traces", Some("cn-north-1")),
            ("https://xray-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
            ("https://xray.eu-west-1.api.aws/v1/traces", Some("eu-west-1")),
            ("https://vpce-0a1b.xray.us-east-1.vpce.amazonaws.com/v1/traces", Some("us-east-1")),
            ("https://logs.us-east-1.amazonaws.com/v1/logs", None),
            ("https://xray.us-east-1.example.com/v1/traces", None),
            ("https://xray.us-east-1.notamazonaws.com/v1/traces", None),
            ("https://xray.amazonaws.com/v1/traces", None),
            ("http://127.0.0.1:4318/v1/traces", None),
        ] {
            assert_eq!(Region::of_host(url).map(|region| region.0).as_deref(), region, "{url}");
        }
    }

    #[test]
    fn the_endpoint_of_a_region_is_in_its_partition() {
        let endpoint = |region| Region::parse(region).expect("a region").endpoint("xray");
        assert_eq!(endpoint("eu-central-1"), "https://xray.eu-central-1.amazonaws.com");
        assert_eq!(endpoint("cn-north-1"), "https://xray.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn only_names_of_regions_become_part_of_a_host() {
        for name in ["evil.example/", "us-east-1.evil", "", "US-EAST-1", "-", "useast", &"a-".repeat(20)] {
            assert_eq!(Region::parse(name), None, "{name}");
        }
    }
}
