//! Shutdown on SIGTERM or SIGINT.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Shutdown request of the process. Every clone observes it.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Requested by the first SIGTERM or SIGINT from now on. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When a signal handler cannot be installed.
    pub fn on_signals() -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(Self::after(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }))
    }

    /// Requested when `event` ends. Must be called within a tokio runtime.
    pub fn after(event: impl Future<Output = ()> + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            event.await;
            sender.send_replace(true);
            // Keeps the sender alive: receivers take its end for a request.
            sender.closed().await;
        });
        Self(receiver)
    }

    /// Returns once the shutdown is requested, at once when it already was.
    pub async fn requested(&self) {
        // An error means that the runtime which observes the signals has ended: that is a shutdown, too.
        let _ = self.0.clone().wait_for(|requested| *requested).await;
    }

    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}
