//! The container credential provider: the task's role on ECS, the pod's on EKS
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>).

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use http::{Request, Uri};

use super::{CredentialError, Loaded, Source, document};
use crate::env::{Authorization, Container, Token, shown_path};

const TIMEOUT: Duration = Duration::from_secs(2);
/// The addresses of ECS and of EKS Pod Identity, which are on the machine's own link.
const ECS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 2);
const EKS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
const EKS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);

pub(super) fn load(
    endpoint: &Container,
    certificate: Option<PathBuf>,
    limit: Duration,
) -> Result<Loaded, CredentialError> {
    let uri: Uri = endpoint.url.parse().map_err(|_| CredentialError::ContainerHost)?;
    if !is_allowed(&uri) {
        return Err(CredentialError::ContainerHost);
    }
    let mut request = Request::get(uri).header(ACCEPT, "application/json");
    if let Some(authorization) = &endpoint.authorization {
        request = request.header(AUTHORIZATION, header(authorization)?);
    }
    let failed = |reason| CredentialError::Container { host: super::http::host(&endpoint.url), reason };
    let request = request.body(Bytes::new()).map_err(|error| failed(error.to_string()))?;
    let body = super::http::send(request, certificate, limit.min(TIMEOUT)).map_err(failed)?;
    document::read(&body, Source::Container).map_err(failed)
}

/// The token, which a line break must not end: it would end the header, too.
fn header(authorization: &Authorization) -> Result<HeaderValue, CredentialError> {
    let token = match authorization {
        Authorization::Token(token) => Some(token.clone()),
        Authorization::File(path) => {
            let text = fs::read_to_string(path);
            let text =
                text.map_err(|source| CredentialError::TokenFile { path: shown_path(path), source })?;
            Token::parse(text.trim_end_matches(['\r', '\n']))
        }
    };
    token.and_then(|token| token.header().ok()).ok_or(CredentialError::Token)
}

/// Whether credentials may be asked for at this URL: they must not cross a network in plaintext.
fn is_allowed(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match (uri.scheme_str(), host.parse::<IpAddr>()) {
        (Some("https"), _) => !host.is_empty(),
        (Some("http"), Ok(IpAddr::V4(address))) => address.is_loopback() || [ECS, EKS].contains(&address),
        (Some("http"), Ok(IpAddr::V6(address))) => address.is_loopback() || address == EKS_V6,
        (Some("http"), Err(_)) => host == "localhost",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_asked_for_in_plaintext_beyond_the_machines_link() {
        for (url, allowed) in [
            ("https://credentials.example/role", true),
            ("http://127.0.0.1:8080/role", true),
            ("http://localhost/role", true),
            ("http://[::1]:8080/role", true),
            ("http://169.254.170.2/v2/credentials", true),
            ("http://169.254.170.23/v1/credentials", true),
            ("http://[fd00:ec2::23]/v1/credentials", true),
            ("http://169.254.169.254/latest", false),
            ("http://192.168.0.1/role", false),
            ("http://credentials.example/role", false),
            ("http://localhost.example/role", false),
            ("http://127.0.0.1.example/role", false),
            ("/role", false),
        ] {
            assert_eq!(is_allowed(&url.parse().expect("a URI")), allowed, "{url}");
        }
    }
}
