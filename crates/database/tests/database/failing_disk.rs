//! SQLite on a file system that becomes read-only by an error, and is repaired and mounted again at the same place.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use database::Outage;
use tempfile::TempDir;

use crate::behaviour::{add, count, open};
use crate::outages::write;

/// An ext4 file system in a file, which becomes read-only at the first error. Unmounted when dropped.
struct Disk(TempDir);

impl Disk {
    fn new() -> Self {
        let disk = Self(TempDir::new().expect("a temporary directory"));
        let image = File::create(disk.image()).expect("a file can be created");
        image.set_len(16 << 20).expect("the file can be sparse");
        std::fs::create_dir(disk.path()).expect("a directory can be created");
        // Without a journal it can be mounted again at once.
        run("mkfs.ext4", &["-q", "-O", "^has_journal"], &[&disk.image()]);
        disk.mount();
        disk
    }

    fn image(&self) -> PathBuf {
        self.0.path().join("image")
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("mounted")
    }

    fn mount(&self) {
        run("mount", &["-o", "loop,errors=remount-ro"], &[&self.image(), &self.path()]);
    }

    /// The kernel finds an error.
    fn fail(&self) {
        let device = Command::new("findmnt").args(["-no", "SOURCE"]).arg(self.path()).output();
        let device = String::from_utf8(device.expect("findmnt runs").stdout).expect("the name of a device");
        let name = device.trim().trim_start_matches("/dev/");
        std::fs::write(format!("/sys/fs/ext4/{name}/trigger_fs_error"), "1").expect("the kernel takes it");
    }

    fn unmount(&self) {
        // Lazily, because the database has files open.
        run("umount", &["--lazy"], &[&self.path()]);
    }

    /// Unmounts, and mounts a repaired copy.
    fn repair(&self) {
        self.unmount();
        let copy = self.0.path().join("copy");
        std::fs::copy(self.image(), &copy).expect("the image can be copied");
        std::fs::rename(&copy, self.image()).expect("the copy can be renamed");
        // It exits with 1 after it has repaired something.
        let repaired = Command::new("e2fsck").args(["-f", "-y"]).arg(self.image()).output();
        assert!(repaired.expect("e2fsck runs").status.code().is_some_and(|code| code <= 1));
        self.mount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.unmount();
    }
}

fn run(program: &str, arguments: &[&str], paths: &[&Path]) {
    let status = Command::new(program).args(arguments).args(paths).status();
    assert!(status.expect("the program is installed").success(), "{program} {arguments:?} {paths:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the privileges of root: run by .ci/run"]
async fn a_read_only_disk_is_read_until_it_is_mounted_again() {
    let disk = Disk::new();
    let url = format!("sqlite://{}/words.db?mode=rwc", disk.path().display());
    let database = open(&url).await;
    add(&database, "before").await;
    assert_eq!(count(&database).await, 1);

    disk.fail();
    for number in 0..3 {
        assert_eq!(write(database.clone(), format!("refused {number}")).await, Err(Outage::Unavailable));
        assert!(!database.is_ready().await, "a database that cannot be written is not ready");
        assert_eq!(count(&database).await, 1, "reading goes on");
    }

    disk.repair();
    let started = Instant::now();
    while write(database.clone(), "after".to_owned()).await.is_err() {
        assert!(started.elapsed() < testkit::DEADLINE, "writable again");
    }
    assert_eq!(count(&database).await, 2, "readers read what was written on the repaired disk");
    while !database.is_ready().await {
        assert!(started.elapsed() < testkit::DEADLINE, "ready again");
    }
}
