//! Parses arbitrary text as a query.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_store::Query;

fuzz_target!(|text: &str| {
    let _ = Query::parse(text);
});
