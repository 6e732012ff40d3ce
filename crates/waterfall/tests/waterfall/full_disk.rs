//! A file system that fills up or becomes read-only, and takes writes again: nothing that was acknowledged is lost, and the
//! process recovers by itself.

use std::time::Instant;

use tempfile::TempDir;
use testkit::SmallDisk;

use crate::{
    encoding::PROTOBUF,
    process::{DEADLINE, Waterfall, command_within},
    spans::{self, span, trace_hex},
};

const SPANS: usize = 400;

/// Sends traces of [`SPANS`] spans with ids from 1 on, and remembers which were acknowledged.
struct Sender {
    next: u8,
    acknowledged: Vec<u8>,
}

impl Sender {
    const fn new() -> Self {
        Self { next: 1, acknowledged: Vec::new() }
    }

    /// Sends the next trace, and returns the status.
    async fn send(&mut self, waterfall: &Waterfall) -> u16 {
        let trace = self.next;
        self.next += 1;
        // Names that do not compress, so that chunks have a size.
        let name = |id: u64| {
            let mut state = id + 1_000 * u64::from(trace);
            let mut digit = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
            };
            (0..200).map(|_| digit()).collect::<String>()
        };
        let spans = (1..=SPANS as u64).map(|id| span(trace, id, 0, &name(id))).collect();
        let response = waterfall.post("/v1/traces", &[PROTOBUF], spans::body(spans)).await;
        let status = response.status().as_u16();
        match status {
            200 => self.acknowledged.push(trace),
            503 => assert_eq!(response.headers()["retry-after"], "1"),
            _ => panic!("{status}: {}", response.text().await.unwrap()),
        }
        status
    }

    async fn send_until_refused(&mut self, waterfall: &Waterfall) {
        for _ in 0..40 {
            if self.send(waterfall).await == 503 {
                return;
            }
        }
        panic!("the disk is full");
    }

    /// Waits until the process has read the acknowledged traces of an earlier one.
    async fn assert_complete(&self, waterfall: &Waterfall) {
        for trace in &self.acknowledged {
            let path = format!("/api/ui/traces/{}", trace_hex(*trace));
            let started = Instant::now();
            while waterfall.get(&path).await.status() == 404 {
                assert!(started.elapsed() < DEADLINE, "trace {trace} was acknowledged");
            }
            let rows = &waterfall.json(&path).await["rows"];
            assert_eq!(rows.as_array().unwrap().len(), SPANS, "trace {trace}");
        }
        assert_eq!(waterfall.json("/api/ui/status").await["damaged_files"], 0);
    }
}

/// The status of readiness. A process that is not ready says why, and lives.
async fn ready(waterfall: &Waterfall) -> u16 {
    assert_eq!(waterfall.get("/health/live").await.status(), 204);
    let response = waterfall.get("/health/ready").await;
    let status = response.status().as_u16();
    if status != 204 {
        let text = response.text().await.unwrap();
        assert!(text.contains("spans cannot be stored: the write to disk failed: "), "{text}");
    }
    status
}

fn on(disk: &SmallDisk) -> Waterfall {
    Waterfall::with(&[("WATERFALL_DATA", disk.path().to_str().unwrap()), ("WATERFALL_BODY_LIMIT", "1MiB")])
}

#[tokio::test]
#[ignore = "needs privileges to mount a file system: run by .ci/run"]
async fn full_disk_refuses_writes_and_recovers_when_there_is_room() {
    let disk = SmallDisk::mount(24);
    let mut sender = Sender::new();
    let waterfall = on(&disk);
    assert_eq!(sender.send(&waterfall).await, 200);
    for _ in 0..3 {
        let filler = disk.fill();
        sender.send_until_refused(&waterfall).await;
        for _ in 0..5 {
            sender.send(&waterfall).await;
        }
        assert_eq!(ready(&waterfall).await, 503);
        sender.assert_complete(&waterfall).await;

        std::fs::remove_file(filler).unwrap();
        assert_eq!(sender.send(&waterfall).await, 200, "the first request after there is room");
        assert_eq!(ready(&waterfall).await, 204);
        sender.assert_complete(&waterfall).await;
    }
    disk.fill();
    sender.send_until_refused(&waterfall).await;
    drop(waterfall); // SIGKILL
    let waterfall = on(&disk);
    assert_eq!(ready(&waterfall).await, 503, "it starts on a full disk");
    sender.assert_complete(&waterfall).await;
}

#[tokio::test]
#[ignore = "needs privileges to mount a file system: run by .ci/run"]
async fn full_disk_that_becomes_read_only_is_read_and_recovers_when_it_is_writable() {
    let disk = SmallDisk::mount(24);
    let mut sender = Sender::new();
    let waterfall = on(&disk);
    assert_eq!(sender.send(&waterfall).await, 200);
    // After a failed write no file is open for writing, so that the file system can be remounted.
    let filler = disk.fill();
    sender.send_until_refused(&waterfall).await;
    disk.set_read_only(true);
    assert_eq!(sender.send(&waterfall).await, 503);
    assert_eq!(ready(&waterfall).await, 503);
    sender.assert_complete(&waterfall).await;
    drop(waterfall); // SIGKILL
    let waterfall = on(&disk);
    assert_eq!(ready(&waterfall).await, 503, "it starts on a read-only file system");
    assert_eq!(sender.send(&waterfall).await, 503);
    sender.assert_complete(&waterfall).await;

    disk.set_read_only(false);
    std::fs::remove_file(filler).unwrap();
    assert_eq!(sender.send(&waterfall).await, 200, "the first request after it is writable");
    assert_eq!(ready(&waterfall).await, 204);
    sender.assert_complete(&waterfall).await;
}

/// A limit of the process on the size of files does what a full disk does, and needs no privileges.
#[tokio::test]
async fn files_that_may_not_grow_refuse_writes_until_they_may() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let settings = [("WATERFALL_DATA", data), ("WATERFALL_BODY_LIMIT", "1MiB")];
    let waterfall = Waterfall::of(command_within("ulimit -S -f 4096", &settings));
    let mut sender = Sender::new();
    sender.send_until_refused(&waterfall).await;
    assert!(!sender.acknowledged.is_empty());
    assert_eq!(ready(&waterfall).await, 503);
    sender.assert_complete(&waterfall).await;

    let raise = ["--fsize=unlimited:", "--pid", &waterfall.pid().to_string()].map(str::to_owned);
    assert!(std::process::Command::new("prlimit").args(raise).status().unwrap().success());
    assert_eq!(ready(&waterfall).await, 204, "found out without a write of a sender");
    assert_eq!(sender.send(&waterfall).await, 200);
    sender.assert_complete(&waterfall).await;
}
