//! The API of the activities service: its JSON types and a typed client.
//!
//! A service that calls activities depends on this crate, never on `activities`. The crate depends on no server
//! framework and no telemetry: the client takes an HTTP client that its caller has instrumented. Handles come from
//! `users-api`.

mod client;
mod paging;
mod ttl;
mod types;

pub use client::Client;
pub use paging::{DEFAULT_LIMIT, MAX_LIMIT, Paging, RepliesPaging};
pub use ttl::{InvalidTtl, Ttl};
pub use types::{
    Activity, Count, Likes, NewActivity, NewLike, NewReply, Notification, NotificationKind, Notifications,
    Page, Reply,
};

/// The longest message of an activity, in characters.
pub const MAX_MESSAGE_CHARS: usize = 280;
/// The longest message of a reply, in characters.
pub const MAX_REPLY_CHARS: usize = 1024;
