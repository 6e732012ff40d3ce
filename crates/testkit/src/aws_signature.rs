//! Checks AWS Signature Version 4 of a received request, as the service does: from the raw request and the shared secret
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
//!
//! It shares no code with the signer that it checks.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::http_server::Request;

/// What the service knows of a caller, and what a signature must be for.
#[derive(Clone, Debug)]
pub struct AwsKeys {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`; `None` when there must be none.
    pub session_token: Option<String>,
    /// The region of the credential scope.
    pub region: String,
    /// The service of the credential scope.
    pub service: String,
}

impl AwsKeys {
    /// Checks the signature of a request to `host`, which is as the client was told.
    ///
    /// # Errors
    /// What is wrong, in AWS's words where there are some.
    pub fn check(&self, request: &Request, host: &str) -> Result<(), String> {
        let authorization = request.header("authorization").ok_or("Missing Authentication Token")?;
        let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("another algorithm")?;
        let field = |name: &str| {
            let found = fields.split(", ").find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            found.ok_or_else(|| format!("no {name} in {authorization}"))
        };
        let (credential, names, signature) =
            (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
        let time = request.header("x-amz-date").ok_or("no x-amz-date")?;
        let day = time.get(..8).ok_or("a malformed x-amz-date")?;
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        if credential != format!("{}/{scope}", self.access_key_id) {
            return Err(format!("Credential should be scoped to a valid region: {credential}, not {scope}"));
        }
        if request.header("x-amz-security-token") != self.session_token.as_deref() {
            return Err("The security token included in the request is invalid.".to_owned());
        }
        if request.header("host") != Some(host) {
            return Err(format!("the host is {:?}, not {host}", request.header("host")));
        }
        self.check_names(names)?;
        let canonical = canonical_request(request, names)?;
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        if signature != hex(&hmac(&self.signing_key(day), &to_sign)) {
            return Err(
                "The request signature we calculated does not match the signature you provided.".to_owned()
            );
        }
        Ok(())
    }

    /// AWS requires the host, the content type and its own headers, in order.
    fn check_names(&self, names: &str) -> Result<(), String> {
        let token = if self.session_token.is_some() { ";x-amz-security-token" } else { "" };
        let expected = format!("content-type;host;x-amz-date{token}");
        if names == expected { Ok(()) } else { Err(format!("signed are {names}, not {expected}")) }
    }

    fn signing_key(&self, day: &str) -> Vec<u8> {
        let first = format!("AWS4{}", self.secret_access_key).into_bytes();
        [day, &self.region, &self.service, "aws4_request"].iter().fold(first, |key, text| hmac(&key, text))
    }
}

/// For targets without a query, and paths that need no encoding.
fn canonical_request(request: &Request, names: &str) -> Result<String, String> {
    let Request { method, target, body, .. } = request;
    if target.contains(['?', '%', ' ']) {
        return Err(format!("{target} is not supported here"));
    }
    let mut lines = String::new();
    for name in names.split(';') {
        let value = request.header(name).ok_or_else(|| format!("{name} is signed and missing"))?;
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(lines, "{name}:{value}").expect("writing to a string cannot fail");
    }
    Ok(format!("{method}\n{target}\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body))))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request that botocore signed, with keys of AWS's documentation.
    fn signed() -> (AwsKeys, Request) {
        let keys = AwsKeys {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: Some("TOKEN".to_owned()),
            region: "eu-central-1".to_owned(),
            service: "xray".to_owned(),
        };
        let headers = [
            ("host", "localhost:8443"),
            ("content-type", "application/x-protobuf"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-security-token", "TOKEN"),
            ("authorization", BOTOCORE),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let (method, target) = ("POST".to_owned(), "/v1/traces".to_owned());
        (keys, Request { method, target, headers, body: b"spans".to_vec() })
    }

    const BOTOCORE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-central-1/xray/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, \
        Signature=123c559e8ebea187151a7d61137c030ec9c281eb44fa8f0293dc63bcd6a5405d";

    #[test]
    fn a_signature_of_botocore_is_accepted() {
        let (keys, request) = signed();
        keys.check(&request, "localhost:8443").unwrap();
    }

    #[test]
    fn any_change_of_the_request_or_the_keys_is_refused() {
        let refused = |change: &dyn Fn(&mut AwsKeys, &mut Request)| {
            let (mut keys, mut request) = signed();
            change(&mut keys, &mut request);
            assert!(keys.check(&request, "localhost:8443").is_err(), "{keys:?} {request:?}");
        };
        refused(&|_, request| request.body.push(b'!'));
        refused(&|_, request| request.method = "PUT".to_owned());
        refused(&|_, request| request.target = "/v1/logs".to_owned());
        for name in 0..5 {
            refused(&|_, request| drop(request.headers.remove(name)));
            refused(&|_, request| request.headers[name].1.push('1'));
        }
        refused(&|keys, _| keys.region = "eu-west-1".to_owned());
        refused(&|keys, _| keys.secret_access_key.push('1'));
        refused(&|keys, _| keys.session_token = None);
        refused(&|keys, _| keys.access_key_id = "AKIDOTHER".to_owned());
    }
}
