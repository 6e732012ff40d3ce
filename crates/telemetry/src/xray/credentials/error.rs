//! Why there are no credentials. No text contains one.

use std::path::PathBuf;

use thiserror::Error;

use crate::env::is_harmless;

/// Why there are no credentials.
#[derive(Debug, Error)]
pub(in crate::xray) enum CredentialError {
    /// Nothing is configured, and the instance metadata service is turned off.
    #[error(
        "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the \
         container or instance a role"
    )]
    NoSource,
    /// Nothing is configured, and there is no instance metadata service.
    #[error(
        "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the \
         container or instance a role (the instance metadata service: {0})"
    )]
    NoInstance(String),
    /// A role for a service account, which needs a call to STS.
    #[error(
        "AWS_WEB_IDENTITY_TOKEN_FILE is not supported: give the pod its role with EKS Pod Identity, or set AWS_ACCESS_KEY_ID \
         and AWS_SECRET_ACCESS_KEY"
    )]
    WebIdentity,
    /// The shared credentials file is unusable.
    #[error("cannot read the AWS credentials file {path}; check AWS_SHARED_CREDENTIALS_FILE")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The shared credentials file is too large to be one.
    #[error("the AWS credentials file {0} is larger than 1 MiB; check AWS_SHARED_CREDENTIALS_FILE")]
    FileTooLarge(PathBuf),
    /// `AWS_PROFILE` names no section of the file.
    #[error(
        "there is no profile {} in {path}; check AWS_PROFILE and AWS_SHARED_CREDENTIALS_FILE",
        shown(profile)
    )]
    NoProfile { profile: String, path: PathBuf },
    /// The profile has no pair of keys.
    #[error(
        "the profile {0} has no aws_access_key_id with aws_secret_access_key; credential_process, SSO and roles to assume \
         are not supported"
    )]
    NoKeys(String),
    /// Credentials would cross a network in plaintext.
    #[error(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is not used: it must be https, or http to a loopback address or to that of \
         ECS or EKS"
    )]
    ContainerHost,
    /// The file of the container's token is unusable.
    #[error("cannot read {path}, which AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names")]
    TokenFile {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The token of the container cannot be a header.
    #[error(
        "the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE does not consist of visible ASCII characters"
    )]
    Token,
    /// The container's endpoint gave no credentials.
    #[error("the container's credentials endpoint {host}: {reason}")]
    Container { host: String, reason: String },
    /// The instance metadata service gave no credentials.
    #[error("the instance metadata service {host}: {reason}")]
    Instance { host: String, reason: String },
}

impl CredentialError {
    /// Whether the same source may have credentials a moment later: its endpoint did not answer, or not yet.
    pub(in crate::xray) const fn is_transient(&self) -> bool {
        matches!(self, Self::Container { .. } | Self::Instance { .. })
    }
}

/// The name of a profile that does not exist, unless it may be a key that was set to `AWS_PROFILE`.
fn shown(profile: &str) -> &str {
    if is_harmless(profile) { profile } else { "of the name in AWS_PROFILE" }
}
