//! What activities says on the wire: types and a typed client.
