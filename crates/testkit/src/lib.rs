//! Real processes on free ports, an OTLP sink, assertions over traces.
//!
//! For tests alone: everything here panics with what it saw instead of returning errors.
//!
//! | to | take |
//! |---|---|
//! | run a real binary and stop it as an operator would | [`Process`] |
//! | receive what it exports, over real OTLP/HTTP | [`Sink`] |
//! | play a service that is slow, wrong or gone | [`MockServer`] |
//! | have a PostgreSQL database of its own | [`postgres_database`] |
//! | say what a trace must look like | [`Trace`], [`Span`] |
//! | wait for something without a fixed sleep | [`wait_until`] |
//!
//! ```no_run
//! # async fn example() {
//! # let (path_of_users, traceresponse) = ("users", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
//! let sink = testkit::Sink::start();
//! let users = testkit::Process::builder("users", path_of_users).exporting_to(&sink).start().await;
//! // .. GET {users.url()}/users/worf, and keep the answer's `traceresponse` ..
//! let trace = sink.trace_of(traceresponse).await;
//! trace.assert_tree(
//!     "users [server] GET /users/{handle}
//!        users [client] SELECT users",
//! );
//! trace.only("users [server] GET /users/{handle}").assert("http.response.status_code", 200);
//! # }
//! ```
//!
//! The servers here run on threads of their own, so they answer whatever the runtime of the test is doing.

mod http_server;
mod mock_server;
mod postgres;
mod process;
mod sink;
mod span;
mod trace;
mod value;
mod wait;

pub use http_server::Request;
pub use mock_server::{MockResponse, MockServer};
pub use postgres::postgres_database;
pub use process::{Exit, Process, ProcessBuilder, Signal, send_signal};
pub use sink::{Behaviour, Sink};
pub use span::{Event, Link, Span};
pub use trace::{Trace, TraceResponse};
pub use value::Value;
pub use wait::{DEADLINE, wait_until};
