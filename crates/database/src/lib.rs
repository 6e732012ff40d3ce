//! One pool, one set of SQL, SQLite or PostgreSQL; every statement a database span.
