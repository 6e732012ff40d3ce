//! TLS with a private authority in front of a plaintext server.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// Terminates TLS on a free port of loopback until it is dropped.
pub struct TlsProxy {
    port: u16,
    directory: TempDir,
    /// Dropped without waiting, as a test may be within another runtime.
    runtime: Option<Runtime>,
}

impl TlsProxy {
    /// Forwards to `backend`, which is `http://host:port`. Its certificate is for `localhost`.
    ///
    /// # Panics
    /// If there is no free port, or no temporary directory.
    pub fn start(backend: &str) -> Self {
        Self::start_as("localhost", backend)
    }

    /// The same with a certificate for `name`, for clients that come through a proxy.
    ///
    /// # Panics
    /// If there is no free port, or no temporary directory.
    pub fn start_as(name: &str, backend: &str) -> Self {
        let backend = backend.strip_prefix("http://").expect("a plaintext URL").to_owned();
        let directory = TempDir::with_prefix("cruddur-tls-").expect("a temporary directory can be created");
        let acceptor = TlsAcceptor::from(Arc::new(config(name, &directory)));
        let runtime = Runtime::new().expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        listener.set_nonblocking(true).expect("a listener can be non-blocking");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, backend) = (acceptor.clone(), backend.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    // A backend that is down ends the connection.
                    let Ok(mut plain) = TcpStream::connect(backend).await else { return };
                    let _either_end_may_close = tokio::io::copy_bidirectional(&mut stream, &mut plain).await;
                });
            }
        });
        Self { port, directory, runtime: Some(runtime) }
    }

    /// `https://localhost:port`
    pub fn url(&self) -> String {
        format!("https://{}", self.host())
    }

    /// `localhost:port`
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The PEM file of the authority, for `SSL_CERT_FILE`.
    pub fn authority(&self) -> String {
        authority(&self.directory).display().to_string()
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn authority(directory: &TempDir) -> PathBuf {
    directory.path().join("authority.pem")
}

/// A certificate for `name`, and its authority as a file.
fn config(name: &str, directory: &TempDir) -> ServerConfig {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    std::fs::write(authority(directory), issuer.pem()).expect("a file in a temporary directory");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.expect("versions of TLS").with_no_client_auth();
    config.with_single_cert(vec![certificate.der().clone()], key).expect("a certificate with its key")
}
