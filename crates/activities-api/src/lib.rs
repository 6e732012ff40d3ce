//! What activities says on the wire: its types, and a typed client.
//!
//! Whoever calls activities depends on this crate and never on `activities` itself. No server framework, no telemetry: a
//! client takes the HTTP client that its caller has traced. Handles are those of `users-api`.

mod client;
mod paging;
mod ttl;
mod types;

pub use client::Client;
pub use paging::{DEFAULT_LIMIT, MAX_LIMIT, Paging};
pub use ttl::{InvalidTtl, Ttl};
pub use types::{
    Activity, Count, Likes, NewActivity, NewLike, NewReply, Notification, NotificationKind, Notifications,
    Page, Reply,
};

/// The longest message of an activity, in characters.
pub const MAX_MESSAGE_CHARS: usize = 280;
/// The longest message of a reply, in characters.
pub const MAX_REPLY_CHARS: usize = 1024;
