//! What users says on the wire: its types, and a typed client.
//!
//! Whoever calls users depends on this crate and never on `users` itself. No server framework, no telemetry: a client
//! takes the HTTP client that its caller has traced.

mod client;
mod handle;
mod types;

pub use client::Client;
pub use handle::{Handle, InvalidHandle};
pub use types::{NewUser, User, UserChange, Users};

/// The most handles that one request may ask for.
pub const MAX_HANDLES: usize = 100;
