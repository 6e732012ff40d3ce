//! Only tests: `tests/proof`, `tests/neighbours`.
