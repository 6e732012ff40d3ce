//! `cruddur token HANDLE`: mints a bearer token for a gateway that has the same secret.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use gateway::token::{Secret, mint};
use users_api::Handle;

use crate::cli::Token;

/// The secret comes from a variable only: an argument would be visible in the process list.
const SECRET: &str = "GATEWAY_JWT_SECRET";

pub(crate) fn run(token: &Token) -> anyhow::Result<ExitCode> {
    let secret = std::env::var(SECRET).ok().filter(|secret| !secret.is_empty()).with_context(|| {
        format!(
            "{SECRET} is not set: set it to the secret of the gateway (a gateway without a secret requires no \
             token)"
        )
    })?;
    let secret = Secret::parse(&secret).with_context(|| format!("{SECRET} is not a valid secret"))?;
    let handle =
        Handle::parse(&token.handle).with_context(|| format!("{:?} is not a valid handle", token.handle))?;
    println!("{}", mint(&secret, &handle, Duration::from_secs(token.ttl.into()))?);
    Ok(ExitCode::SUCCESS)
}
