//! End-to-end tests of the system: four real processes, real sockets, real exports.
//!
//! | module | what it tests |
//! |---|---|
//! | `system` | fixture: starts the system |
//! | `home_feed` | the trace of the home feed, edge by edge and attribute by attribute |
//! | `every_endpoint` | one linked trace for each endpoint, continuing the caller's |
//! | `failures` | users down or hanging, activities down, a part killed |
//! | `draining` | a graceful stop under load loses no response and no span |
//! | `background` | notifications of a posted activity, linked to its request |
//! | `launcher` | start, ports, signals, data directories |
//! | `commands` | `request`, `trace`, `token`, `part`, `seed` |
//! | `destinations` | Honeycomb beside the waterfall |
//! | `doctor` | `cruddur doctor`: exit status, findings as text and JSON |
//! | `doctor_broken` | the doctor on our own services, each time broken in one place |
//! | `doctor_probe` | `cruddur doctor --url` |
//! | `mcp` | `cruddur mcp`: a system's traces as tools for an agent |
//! | `numbers` | zeros and giants in the waterfall's variables |
//! | `rollbar` | an error of a service at Rollbar, with its trace |
//! | `outage` | what tests of destinations share |
//! | `proxies` | each destination through an HTTP proxy |
//! | `xray` | X-Ray's OTLP endpoint with signed requests over TLS |
//! | `xray_daemon` | segment documents to the X-Ray daemon |
//! | `xray_header` | `X-Amzn-Trace-Id` of a load balancer and of Lambda |
//! | `xray_sampler` | sampling by the rules of X-Ray |
//! | `standalone` | `cruddur waterfall`, and the system with tokens |

mod background;
mod check;
mod commands;
mod destinations;
mod doctor;
mod doctor_broken;
mod doctor_probe;
mod draining;
mod every_endpoint;
mod failures;
mod home_feed;
mod launcher;
mod mcp;
mod numbers;
mod outage;
mod proxies;
mod rollbar;
mod standalone;
mod system;
mod xray;
mod xray_daemon;
mod xray_header;
mod xray_sampler;
