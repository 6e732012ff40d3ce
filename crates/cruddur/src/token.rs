//! `cruddur token HANDLE`: a bearer token that the gateway takes while it is started with the same secret.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use crate::cli::Token;

/// Who, since when, until when (RFC 7519; seconds since the epoch).
#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    iat: u64,
    exp: u64,
}

pub(crate) fn run(token: &Token) -> anyhow::Result<ExitCode> {
    let secret = std::env::var("GATEWAY_JWT_SECRET").ok().filter(|secret| !secret.is_empty()).context(
        "a token is signed with GATEWAY_JWT_SECRET: set it to the same text for the gateway and here. \
         Without it the gateway asks for no token",
    )?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?.as_secs();
    println!("{}", mint(&token.handle, &secret, now, token.ttl)?);
    Ok(ExitCode::SUCCESS)
}

fn mint(handle: &str, secret: &str, now: u64, ttl: u32) -> anyhow::Result<String> {
    let claims = Claims { sub: handle, iat: now, exp: now + u64::from(ttl) };
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.as_bytes()))
        .context("cannot sign the token")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_one_that_others_would_make() {
        // Header, claims and signature as computed by Python: hmac.new(b"s3cret", .., "sha256").
        let token = mint("worf", "s3cret", 1_700_000_000, 60).unwrap();
        assert_eq!(token, EXPECTED);
    }

    const EXPECTED: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.\
        eyJzdWIiOiJ3b3JmIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDAwNjB9.\
        4cDOl7UJqwQ9k9zUB7HIa50MaDGGlP90upKhkoyX_CY";
}
