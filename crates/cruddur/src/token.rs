//! `cruddur token HANDLE`: a bearer token that the gateway takes while it is started with the same secret.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use gateway::token::{Secret, mint};
use users_api::Handle;

use crate::cli::Token;

/// The secret comes by variable alone: an argument would show in lists of processes.
const SECRET: &str = "GATEWAY_JWT_SECRET";

pub(crate) fn run(token: &Token) -> anyhow::Result<ExitCode> {
    let secret = std::env::var(SECRET).ok().filter(|secret| !secret.is_empty()).with_context(|| {
        format!("a token is signed with {SECRET}: set it to the same text for the gateway and here (without it the gateway asks for no token)")
    })?;
    let secret = Secret::parse(&secret).with_context(|| format!("{SECRET} is no secret"))?;
    let handle = Handle::parse(&token.handle).with_context(|| format!("{:?} is no handle", token.handle))?;
    println!("{}", mint(&secret, &handle, Duration::from_secs(token.ttl.into()))?);
    Ok(ExitCode::SUCCESS)
}
