//! The API of the users service: its JSON types and a typed client.
//!
//! A service that calls users depends on this crate, never on `users`. The crate depends on no server framework and no
//! telemetry: the client takes an HTTP client that its caller has instrumented.

mod client;
mod handle;
mod types;

pub use client::Client;
pub use handle::{Handle, InvalidHandle};
pub use types::{NewUser, User, UserChange, Users};

/// The maximum number of handles in one request.
pub const MAX_HANDLES: usize = 100;
/// The longest display name, in characters.
pub const MAX_DISPLAY_NAME_CHARS: usize = 50;
/// The longest bio, in characters.
pub const MAX_BIO_CHARS: usize = 160;
