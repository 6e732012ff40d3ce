//! An application with a TLS client of its own. It prints whether rustls knew which provider to use, before telemetry was
//! started and after it, and the provider's first cipher suite. The argument `install` names the provider to rustls first.

use std::error::Error;
use std::panic::catch_unwind;

use rustls::{ClientConfig, crypto::aws_lc_rs};
use telemetry::Service;
use tracing::info_span;

/// Whether this does not panic: what an HTTP client does that uses rustls's default.
fn has_provider() -> bool {
    catch_unwind(|| drop(ClientConfig::builder())).is_ok()
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("install") {
        aws_lc_rs::default_provider().install_default().map_err(|_| "a provider is already installed")?;
    }
    let before = has_provider();
    let telemetry = telemetry::init(Service { name: "aws-lc", version: "0" })?;
    println!("{before} {}", has_provider());
    info_span!("handshake").in_scope(|| {});
    telemetry.shutdown()?;
    Ok(())
}
