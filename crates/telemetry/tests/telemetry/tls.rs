//! Generated certificates, and a proxy that terminates TLS in front of a plaintext backend.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::background_server;

/// PEM files of a certificate authority, and of a certificate and key that it signed.
pub(crate) struct PemFiles {
    directory: TempDir,
}

impl PemFiles {
    pub(crate) fn generate() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key"));
        let authority = authority.expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let identity = params.expect("names").signed_by(&key, &authority).expect("a certificate");
        let files = Self { directory };
        for (name, text) in [("ca", authority.pem()), ("cert", identity.pem()), ("key", key.serialize_pem())]
        {
            std::fs::write(files.path(name), text).expect("a file");
        }
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The path of `ca`, `cert` or `key`.
    pub(crate) fn path_text(&self, name: &str) -> String {
        self.path(name).to_str().expect("text").to_owned()
    }
}

/// Accepts TLS connections and forwards their bytes to `backend` in plaintext. Returns the URL.
///
/// With `clients`, a client must present a certificate of that authority.
pub(crate) async fn proxy(backend: &str, files: &PemFiles, clients: Option<&PemFiles>) -> String {
    let backend = backend.strip_prefix("http://").expect("a scheme").to_owned();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().expect("versions");
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_file(clients.path("ca")).expect("PEM"))
                .expect("a certificate");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            config.with_client_cert_verifier(verifier.expect("a verifier"))
        }
    };
    let chain = vec![CertificateDer::from_pem_file(files.path("cert")).expect("PEM")];
    let key = PrivateKeyDer::from_pem_file(files.path("key")).expect("PEM");
    let mut config = config.with_single_cert(chain, key).expect("an identity");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let port = background_server::serve(move |listener: TcpListener| async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let (acceptor, backend) = (acceptor.clone(), backend.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut plain = TcpStream::connect(backend).await.expect("the backend");
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut plain).await;
            });
        }
    });
    format!("https://localhost:{}", port.await.port())
}
