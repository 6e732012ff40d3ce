//! Why an exporter could not be built.

use std::path::PathBuf;

use thiserror::Error;

/// The source of an error, as a type that does not name the library it comes from.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an exporter could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The certificates are not usable.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// The operating system gave no runtime or no thread.
    #[error("the exporter's thread could not be started")]
    Thread(#[source] Cause),
    /// The endpoint is no URL.
    #[error("the OTLP endpoint is no URL")]
    Endpoint(#[source] Cause),
    /// OpenTelemetry's own exporter refused.
    #[error("OpenTelemetry's exporter could not be made")]
    Otlp(#[source] Cause),
    /// `OTEL_EXPORTER_OTLP_PROTOCOL=grpc` without the crate's feature `grpc`.
    #[error("OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs telemetry's feature `grpc`; use http/protobuf")]
    NoGrpc,
}

impl ExportError {
    pub(crate) fn runtime(error: std::io::Error) -> Self {
        Self::Thread(error.into())
    }
}

/// Why a connection could not be prepared.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file of certificates or a key cannot be read.
    #[error(
        "{path} cannot be read as PEM; it is named by one of OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE, _CLIENT_KEY"
    )]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Cause,
    },
    /// A file that holds no certificate: with it, no backend could be trusted.
    #[error("{path} holds no certificate")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The certificates or the key are not acceptable.
    #[error("the certificates for the OTLP backend are not acceptable")]
    Unacceptable(#[source] Cause),
    /// A client certificate without its key, or the other way round.
    #[error("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY go together")]
    HalfAnIdentity,
}
