//! The users service: profiles, in a database of its own.
