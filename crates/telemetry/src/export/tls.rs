//! Trust for https backends: rustls with ring, Mozilla's authorities or those of `OTEL_EXPORTER_OTLP_CERTIFICATE`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use crate::env::Otlp;

/// Why a connection could not be prepared.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file of certificates or a key cannot be read.
    #[error("{path} cannot be read as PEM")]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: pem::Error,
    },
    /// The certificates or the key are not acceptable.
    #[error("the certificates for the OTLP backend are not acceptable")]
    Rustls(#[from] rustls::Error),
    /// A client certificate without its key, or the other way round.
    #[error("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY go together")]
    HalfAnIdentity,
}

/// The client side of TLS as the environment says.
pub(crate) fn client(otlp: &Otlp) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let trusting = versions.with_root_certificates(authorities(otlp.certificate.as_deref())?);
    match (&otlp.client_certificate, &otlp.client_key) {
        (None, None) => Ok(trusting.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|source| unreadable(key, source))?;
            Ok(trusting.with_client_auth_cert(certificates(certificate)?, key)?)
        }
        _ => Err(TlsError::HalfAnIdentity),
    }
}

fn authorities(file: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let Some(file) = file else {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    };
    let mut store = RootCertStore::empty();
    for certificate in certificates(file)? {
        store.add(certificate)?;
    }
    Ok(store)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|source| unreadable(file, source))
}

fn unreadable(path: &Path, source: pem::Error) -> TlsError {
    TlsError::Pem { path: path.to_owned(), source }
}
