//! Errors of building an exporter.

use std::path::PathBuf;

use thiserror::Error;

/// The source of an error, as a type that does not name the library it comes from.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an exporter could not be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The certificates are unusable.
    #[error("cannot set up TLS for the OTLP exporter")]
    Tls(#[from] TlsError),
    /// The operating system refused a runtime or a thread.
    #[error("cannot start the thread of the OTLP exporter")]
    Thread(#[source] Cause),
    /// Nothing can be sent to the endpoint that is named.
    #[error("the OTLP endpoint is refused")]
    Endpoint(#[source] Cause),
    /// OpenTelemetry's exporter of metrics or logs could not be built.
    #[error("cannot build OpenTelemetry's exporter")]
    Otlp(#[source] Cause),
    /// The endpoint or the token of Rollbar is unusable.
    #[error("cannot report errors to Rollbar; check ROLLBAR_ENDPOINT and ROLLBAR_ACCESS_TOKEN")]
    Rollbar(#[source] Cause),
    /// `OTEL_EXPORTER_OTLP_PROTOCOL=grpc` without the crate's feature `grpc`.
    #[error(
        "OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs telemetry's feature `grpc`; enable it or set http/protobuf"
    )]
    NoGrpc,
}

impl ExportError {
    #[cfg(feature = "rollbar")]
    pub(crate) fn rollbar(error: impl Into<Cause>) -> Self {
        Self::Rollbar(error.into())
    }

    pub(crate) fn thread(error: std::io::Error) -> Self {
        Self::Thread(error.into())
    }
}

/// Why TLS could not be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file with certificates or a key cannot be read.
    #[error(
        "cannot read {path} as PEM; check SSL_CERT_FILE, OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE and \
         _CLIENT_KEY"
    )]
    Pem {
        /// The file. A text in its place if the variable may have been set to a key.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// A file contains no certificate, so that no backend could be trusted.
    #[error(
        "{path} contains no certificate; SSL_CERT_FILE, OTEL_EXPORTER_OTLP_CERTIFICATE or _CLIENT_CERTIFICATE names it"
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// rustls does not accept the certificates or the key.
    #[error("the certificates or the key for the OTLP backend are not acceptable")]
    Unacceptable(#[source] Cause),
    /// rustls has no cryptography: the crate's feature `tls-ring` is off, and the application has not chosen a provider.
    #[error(
        "rustls has no crypto provider: call install_default() of the one that the application uses before telemetry \
         starts, or enable telemetry's feature `tls-ring`"
    )]
    NoProvider,
    /// A client certificate without its key, or a key without its certificate.
    #[error("set both OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY, or neither")]
    HalfAnIdentity,
}
