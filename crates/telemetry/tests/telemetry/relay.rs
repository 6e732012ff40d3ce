//! The relay example as a process: what only the environment decides.
