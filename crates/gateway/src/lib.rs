//! The gateway: the public edge, which fans out to the other two.
