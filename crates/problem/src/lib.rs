//! RFC 9457 problem details: what every service says when it cannot do what was asked.
