//! Credentials of AWS: loaded when they are needed, and again before they end.
//!
//! - `profile`: the shared credentials file
//! - `container`: the endpoint of ECS and of EKS Pod Identity; `instance`: the metadata service of EC2 (`IMDSv2`)
//! - `document`: the JSON that both answer with; `http`: their client; `error`: why there are none
//!
//! The order is that of AWS's own SDKs. Only a source that is not configured is passed over: one that is configured and
//! fails is an error, so that no spans go to an account that nobody meant.

mod container;
mod document;
mod error;
mod http;
mod instance;
mod profile;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

pub(super) use self::error::CredentialError;
use crate::env::{AccessKeys, CredentialSources};

/// Temporary credentials are loaded again this long before they end, as AWS's own SDKs do.
const REFRESH_BEFORE: Duration = Duration::from_secs(5 * 60);

/// Loads credentials, on the thread that sends. They are never printed.
#[derive(Debug)]
pub(super) struct Credentials {
    sources: CredentialSources,
    /// A PEM file of root certificates, for a container endpoint with https.
    certificate: Option<PathBuf>,
    loaded: Option<Loaded>,
}

/// Credentials, and where they are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) keys: AccessKeys,
    /// When they end; `None` for those that stay.
    expires: Option<SystemTime>,
    pub(super) from: Source,
}

/// Where credentials are from. As text, it follows the word: "the credentials of the profile shop".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Environment,
    Profile(String),
    Container,
    /// With the name of the role.
    Instance(String),
}

impl Credentials {
    pub(super) fn new(sources: CredentialSources, certificate: Option<PathBuf>) -> Self {
        Self { sources, certificate, loaded: None }
    }

    /// The credentials for a signature at `now`. What has to be loaded takes at most `limit`.
    pub(super) fn get(&mut self, now: SystemTime, limit: Duration) -> Result<&Loaded, CredentialError> {
        let lasts_until = |loaded: &Loaded, time| loaded.expires.is_none_or(|expires| expires > time);
        let current = self.loaded.take();
        let loaded = match current {
            Some(loaded) if lasts_until(&loaded, now + REFRESH_BEFORE) => loaded,
            // The last minutes of the old ones bridge an outage of their source.
            Some(loaded) if lasts_until(&loaded, now) => self.load(limit).unwrap_or(loaded),
            _ => self.load(limit)?,
        };
        Ok(self.loaded.insert(loaded))
    }

    /// Loads them again, for they were refused. Returns whether they are others now: a profile was rotated, for one.
    pub(super) fn are_replaced(&mut self, limit: Duration) -> bool {
        let Some(Loaded { keys: refused, .. }) = self.loaded.take() else { return false };
        self.loaded = self.load(limit).ok();
        self.loaded.as_ref().is_some_and(|loaded| loaded.keys != refused)
    }

    /// The values that nothing may repeat.
    pub(super) fn secrets(&self) -> Vec<String> {
        let keys = self.loaded.as_ref().map(|loaded| &loaded.keys);
        let secrets = keys.into_iter().flat_map(|keys| [Some(&keys.secret), keys.session.as_ref()]);
        secrets.flatten().map(|secret| secret.0.clone()).collect()
    }

    fn load(&self, limit: Duration) -> Result<Loaded, CredentialError> {
        let sources = &self.sources;
        if let Some(keys) = &sources.environment {
            return Ok(Loaded { keys: keys.clone(), expires: None, from: Source::Environment });
        }
        if let Some(keys) = profile::load(sources)? {
            let from = Source::Profile(sources.profile.clone());
            return Ok(Loaded { keys, expires: None, from });
        }
        if let Some(endpoint) = &sources.container {
            return container::load(endpoint, self.certificate.clone(), limit);
        }
        if sources.has_web_identity {
            // The instance's role is another one than that of the pod.
            return Err(CredentialError::WebIdentity);
        }
        match &sources.metadata {
            Some(endpoint) => instance::load(endpoint, limit),
            None => Err(CredentialError::NoSource),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => formatter.write_str("in environment variables"),
            Self::Profile(profile) => write!(formatter, "of the profile {profile}"),
            Self::Container => formatter.write_str("of the container's role"),
            Self::Instance(role) => write!(formatter, "of the instance's role {role}"),
        }
    }
}

#[cfg(test)]
mod tests;
