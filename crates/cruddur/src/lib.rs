//! The launcher and command line.
