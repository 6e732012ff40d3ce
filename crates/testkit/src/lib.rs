//! Test fixtures: real processes on free ports, an OTLP sink, mock servers, assertions over traces.
//!
//! For tests only: functions panic with a description of what they saw instead of returning errors.
//!
//! | to | use |
//! |---|---|
//! | run a real binary and stop it with signals | [`Process`] |
//! | receive exported spans over OTLP/HTTP | [`Sink`] |
//! | stand in for a service that is slow, broken or down | [`MockServer`] |
//! | check a request's AWS signature | [`AwsKeys`] |
//! | fill a file system, or make it read-only | [`SmallDisk`] |
//! | put TLS with a private authority before a server | [`TlsProxy`] |
//! | tunnel connections as an HTTP proxy | [`ConnectProxy`] |
//! | send a request and assert the problem in its response | [`send`], [`Response`] |
//! | create a PostgreSQL database for one test | [`postgres_database`] |
//! | kill a PostgreSQL server, and promote the standby that follows it | [`PostgresServer`] |
//! | lead an address to another server | [`TcpRelay`] |
//! | assert the content of a trace | [`Trace`], [`Span`] |
//! | assert that a response has the schema that an `OpenAPI` document gives it | [`assert_matches_schema`] |
//! | assert that a part parses its arguments | [`assert_parses_arguments`] |
//! | assert that a part works or says why with any number in its variables | [`assert_survives_numbers`] |
//! | poll for a condition with a deadline | [`wait_until`] |
//!
//! ```no_run
//! # async fn example() {
//! # let (path_of_users, traceresponse) = ("users", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
//! let sink = testkit::Sink::start();
//! let users = testkit::Process::builder("users", path_of_users).exporting_to(&sink).start().await;
//! // .. GET {users.url()}/users/worf, and take the `traceresponse` header of the response ..
//! let trace = sink.trace_of(traceresponse).await;
//! trace.assert_tree(
//!     "users [server] GET /users/{handle}
//!        users [client] SELECT users",
//! );
//! trace.only("users [server] GET /users/{handle}").assert("http.response.status_code", 200);
//! # }
//! ```
//!
//! The servers run on their own threads, so they respond even while the runtime of the test is blocked.

mod aws_signature;
mod command_line;
mod connect_proxy;
mod http_server;
mod mock_server;
mod numbers;
mod postgres;
mod postgres_server;
mod process;
mod process_builder;
mod response;
mod schema;
mod sink;
mod small_disk;
mod span;
mod tcp_relay;
mod tls_proxy;
mod trace;
mod trace_response;
mod value;
mod wait;

pub use aws_signature::AwsKeys;
pub use command_line::assert_parses_arguments;
pub use connect_proxy::ConnectProxy;
pub use http_server::Request;
pub use mock_server::{MockResponse, MockServer};
pub use numbers::assert_survives_numbers;
pub use postgres::postgres_database;
pub use postgres_server::PostgresServer;
pub use process::{Exit, Process, Signal, send_signal};
pub use process_builder::ProcessBuilder;
pub use response::{Response, request, send};
pub use schema::assert_matches_schema;
pub use sink::{Behaviour, Sink};
pub use small_disk::SmallDisk;
pub use span::{Event, Link, Span};
pub use tcp_relay::TcpRelay;
pub use tls_proxy::TlsProxy;
pub use trace::Trace;
pub use trace_response::TraceResponse;
pub use value::Value;
pub use wait::{DEADLINE, wait_until};
