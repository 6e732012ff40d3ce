//! The activities service: the feed, in a database of its own.

fn main() {}
