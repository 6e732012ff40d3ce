//! A small file system that fills up, has room again, and is remounted read-only.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system in memory, unmounted when dropped. Mounting needs privileges: `.ci/run full-disk` has them.
#[derive(Debug)]
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts one of so many MiB.
    ///
    /// # Panics
    /// When the user may not mount file systems.
    pub fn mount(mebibytes: u32) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let size = format!("size={mebibytes}m");
        let disk = Self(directory);
        disk.run_mount(&["-t", "tmpfs", "-o", &size, "tmpfs"]);
        disk
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file until nothing more fits, and returns its path.
    ///
    /// # Panics
    /// When the file cannot be created.
    pub fn fill(&self) -> PathBuf {
        let path = self.path().join("filler");
        let mut filler = File::create(&path).expect("a file can be created");
        for size in [64 * 1024, 4096, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }

    /// Remounts it.
    ///
    /// # Panics
    /// When a file is open for writing.
    pub fn set_read_only(&self, read_only: bool) {
        self.run_mount(&["-o", if read_only { "remount,ro" } else { "remount,rw" }]);
    }

    fn run_mount(&self, arguments: &[&str]) {
        let status = Command::new("mount").args(arguments).arg(self.path()).status();
        assert!(status.expect("mount runs").success(), "mount {arguments:?}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because a process may still have a file open.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}
