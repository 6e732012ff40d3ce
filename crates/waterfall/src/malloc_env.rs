//! One heap for all threads.
//!
//! glibc gives threads heaps of their own. What has become free in one of them is used by its own threads alone and mostly
//! not given back either, so what the store let go would stay in memory beside what it took in with another thread: 151 MiB
//! in one heap of which 50 were in use, and 412 MiB in all with a store of 256. What is set here is read by glibc when a
//! process starts, and the call that would set it later is unsafe: the process starts itself again.

use std::{env, io, os::unix::process::CommandExt, process::Command};

/// One heap. What is large lies outside of it, and goes back at once when it is free; so does what is free at its end.
/// glibc alone would take the largest that ever was freed for the measure of what is large.
const SETTINGS: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_THRESHOLD_", "4194304"), ("MALLOC_TRIM_THRESHOLD_", "8388608")];

/// Returns when this process has one heap, or was told otherwise. Whatever it had begun begins again.
///
/// # Errors
/// It could not be started again.
pub(crate) fn apply() -> io::Result<()> {
    if cfg!(not(target_env = "gnu")) || SETTINGS.iter().any(|(name, _)| env::var_os(name).is_some()) {
        return Ok(());
    }
    let mut arguments = env::args_os();
    let mut again = Command::new(env::current_exe()?);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    Err(again.args(arguments).envs(SETTINGS).exec())
}
