//! The whole system as its users start it: four real processes, real sockets, real exports.
//!
//! | module | what it proves |
//! |---|---|
//! | `system` | nothing: starts the system for the others |
//! | `home_feed` | the trace of the home feed, edge by edge and attribute by attribute |
//! | `every_endpoint` | one linked trace for each endpoint, continued from the caller's |
//! | `failures` | users down or slow, activities down, one part killed |
//! | `draining` | a stop under load loses no answer and no span |
//! | `background` | what a posted activity starts later, linked to its request |
//! | `launcher` | start, ports, signals, data |
//! | `commands` | `request`, `trace`, `token`, `part` |
//! | `standalone` | `waterfall` for anybody's program, and tokens from end to end |

mod background;
mod commands;
mod draining;
mod every_endpoint;
mod failures;
mod home_feed;
mod launcher;
mod standalone;
mod system;
