//! TLS to https backends: rustls with ring, or with the process's own provider, and Mozilla's root certificates or those
//! of `OTEL_EXPORTER_OTLP_CERTIFICATE`.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, ClientConfig, RootCertStore};

use super::error::TlsError;
use crate::env::{Otlp, shown_path};

/// Builds the TLS client configuration.
pub(super) fn client(otlp: &Otlp) -> Result<ClientConfig, TlsError> {
    let unacceptable = |error: rustls::Error| TlsError::Unacceptable(error.into());
    let versions = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(unacceptable)?;
    let trusting = versions.with_root_certificates(authorities(otlp.certificate.as_deref())?);
    match (&otlp.client_certificate, &otlp.client_key) {
        (None, None) => Ok(trusting.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|source| unreadable(key, source))?;
            trusting.with_client_auth_cert(certificates(certificate)?, key).map_err(unacceptable)
        }
        _ => Err(TlsError::HalfAnIdentity),
    }
}

/// Whether connections to the endpoint need a configuration of TLS. One that names certificates is always checked.
pub(super) fn is_needed(otlp: &Otlp) -> bool {
    let is_http = otlp.endpoint.starts_with("http:");
    !is_http || otlp.certificate.is_some() || otlp.client_certificate.is_some() || otlp.client_key.is_some()
}

/// The cryptography. It is passed explicitly: the application may have chosen another one for itself.
#[cfg(feature = "tls-ring")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature, there may be none")]
fn provider() -> Result<Arc<CryptoProvider>, TlsError> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

/// The cryptography of the process: the one that it has installed, or else the only one that rustls was built with.
#[cfg(not(feature = "tls-ring"))]
fn provider() -> Result<Arc<CryptoProvider>, TlsError> {
    if CryptoProvider::get_default().is_none() {
        // It installs the only one, and panics if there is none, or more than one.
        std::panic::catch_unwind(|| drop(ClientConfig::builder())).map_err(|_| TlsError::NoProvider)?;
    }
    CryptoProvider::get_default().cloned().ok_or(TlsError::NoProvider)
}

/// Advice for a connection that failed because of certificates; `roots` is the variable that names root certificates.
pub(super) fn hint(error: &(dyn Error + 'static), roots: &str) -> Option<String> {
    let mut chain = std::iter::successors(Some(error), |error| source_of(*error));
    match chain.find_map(|error| error.downcast_ref::<rustls::Error>())? {
        rustls::Error::InvalidCertificate(_) => {
            Some(format!("if the backend is yours, name its authority's PEM file in {roots}"))
        }
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA,
        ) => Some(
            "the backend requires a client certificate; \
             set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY"
                .to_owned(),
        ),
        _ => None,
    }
}

/// The source of an error. An `io::Error` does not report the error that it wraps as its source.
pub(super) fn source_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

fn authorities(file: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let Some(file) = file else {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    };
    let mut store = RootCertStore::empty();
    for certificate in certificates(file)? {
        store.add(certificate).map_err(|error| TlsError::Unacceptable(error.into()))?;
    }
    Ok(store)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|source| unreadable(file, source))?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate { path: shown_path(file) });
    }
    Ok(certificates)
}

fn unreadable(path: &Path, source: pem::Error) -> TlsError {
    TlsError::Pem { path: shown_path(path), source: source.into() }
}
