//! Allocator settings: one malloc arena for all threads, so that freed memory is reused.
//!
//! By default glibc gives threads arenas of their own. Memory that one arena has freed is reused by its own threads
//! only, and is mostly not returned to the system. Evicted traces would therefore occupy memory beside new ones:
//! with a limit of 256 MiB, one arena of 151 MiB had 50 MiB in use, and the process took 412 MiB.
//!
//! glibc reads these settings when a process starts, and the call that changes them later is unsafe. So the process
//! executes itself again with them in its environment.

use std::{env, io, os::unix::process::CommandExt, process::Command};

/// One arena. Allocations of at least 4 MiB are mapped separately and returned when freed, and so is free memory above
/// 8 MiB at the end of the arena. Without fixed values, glibc raises the 4 MiB to the largest allocation ever freed.
const SETTINGS: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_THRESHOLD_", "4194304"), ("MALLOC_TRIM_THRESHOLD_", "8388608")];

/// Restarts the process with these settings. Returns `Ok` when one of them is already set, by this function or by the
/// user, and where the C library is not glibc.
///
/// # Errors
/// The process could not be executed again.
pub(crate) fn apply() -> io::Result<()> {
    if cfg!(not(target_env = "gnu")) || SETTINGS.iter().any(|(name, _)| env::var_os(name).is_some()) {
        return Ok(());
    }
    let mut arguments = env::args_os();
    let mut command = Command::new(env::current_exe()?);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    Err(command.args(arguments).envs(SETTINGS).exec())
}
