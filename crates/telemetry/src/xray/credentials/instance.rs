//! The role of an EC2 instance, from its metadata service (`IMDSv2`: a session token first, and never without one;
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>).

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::HeaderValue;

use super::{CredentialError, Loaded, Source, document};

/// The time limit of each request, as AWS's own SDKs have it. Elsewhere than on EC2 nothing answers.
const TIMEOUT: Duration = Duration::from_secs(1);
const TOKEN: &str = "/latest/api/token";
const TOKEN_SECONDS: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

pub(super) fn load(endpoint: &str, limit: Duration) -> Result<Loaded, CredentialError> {
    let base = endpoint.trim_end_matches('/');
    let failed = |reason| CredentialError::Instance { host: super::http::host(base), reason };
    let put = Request::put(format!("{base}{TOKEN}")).header(TOKEN_SECONDS, "300");
    let put = put.body(Bytes::new()).map_err(|error| failed(error.to_string()))?;
    // Without an answer, this is no instance.
    let token = super::http::send(put, None, limit.min(TIMEOUT)).map_err(CredentialError::NoInstance)?;
    let mut token =
        HeaderValue::from_maybe_shared(token).map_err(|_| failed("its token is no header".to_owned()))?;
    token.set_sensitive(true);
    let get = |path: &str| {
        let request = Request::get(format!("{base}{ROLES}{path}")).header(TOKEN_HEADER, token.clone());
        let request = request.body(Bytes::new()).map_err(|error| error.to_string())?;
        super::http::send(request, None, limit.min(TIMEOUT))
    };
    let role = get("").map_err(|reason| failed(format!("{reason}; the instance may have no role")))?;
    let role = role_name(&role).ok_or_else(|| failed("its answer is no name of a role".to_owned()))?;
    let body = get(&role).map_err(failed)?;
    document::read(&body, Source::Instance(role)).map_err(failed)
}

/// The first line, if it is a name of a role (`[\w+=,.@-]{1,64}`): it becomes part of a path.
fn role_name(body: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(body).ok()?.lines().next()?.trim();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let is_name = (1..=64).contains(&name.len()) && name.chars().all(is_allowed);
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_roles_become_part_of_a_path() {
        assert_eq!(role_name(b"app-role\nother").as_deref(), Some("app-role"));
        for body in [&b""[..], b"\n", b"a/b", b"../x", b"a b", b"\xff", &[b'a'; 65]] {
            assert_eq!(role_name(body), None);
        }
    }
}
