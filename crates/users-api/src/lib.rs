//! What users says on the wire: types and a typed client.
