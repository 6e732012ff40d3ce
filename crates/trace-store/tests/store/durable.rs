//! The store on disk: durability, its limit, and damaged files.

use std::{fs, path::Path};

use tempfile::TempDir;
use trace_store::{DiskSettings, Limits, OpenError, Store};

use crate::requests::{of, padded, span, trace_id};

const MEMORY: Limits = Limits { memory: 64 << 20 };

fn open(folder: &Path, limit: u64) -> Store {
    let store = Store::on_disk(MEMORY, &DiskSettings { folder: folder.to_owned(), limit }).unwrap();
    store.replay(|damaged| panic!("{damaged:?}"));
    store
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn traces_survive_a_restart_in_the_same_order() {
    let folder = TempDir::new().unwrap();
    for round in 0..3_u64 {
        let store = open(folder.path(), 64 << 20);
        assert_eq!(store.stats().traces, round * 10);
        for trace in 1..=10 {
            let trace = round * 10 + trace;
            store.ingest(of("a", vec![span(trace, 1, 0), span(trace, 2, 1)])).unwrap();
        }
    }
    let store = open(folder.path(), 64 << 20);
    let order: Vec<_> = store.latest(100).iter().map(|summary| summary.trace_id).collect();
    assert_eq!(order, (1..=30).rev().map(trace_id).collect::<Vec<_>>());
    assert_eq!(store.trace(trace_id(17)).unwrap().spans().len(), 2);
    // A restart continues the newest file.
    assert_eq!(files(folder.path()), ["00000001.redb", "lock"]);
}

#[test]
fn files_of_earlier_versions_are_read() {
    let folder = TempDir::new().unwrap();
    {
        let database = redb::Database::create(folder.path().join("00000001.redb")).unwrap();
        let write = database.begin_write().unwrap();
        {
            let bodies = redb::TableDefinition::<u64, &[u8]>::new("bodies");
            let mut bodies = write.open_table(bodies).unwrap();
            let tagged = [b"s".to_vec(), of("a", vec![span(2, 1, 0)])].concat();
            bodies.insert(1 << 32, &*of("a", vec![span(1, 1, 0), span(1, 2, 1)])).unwrap();
            bodies.insert(1 << 32 | 1, &*tagged).unwrap();
        }
        write.commit().unwrap();
    }
    for round in 0..3 {
        let store = open(folder.path(), 64 << 20);
        assert_eq!(store.stats().traces, 2 + round);
        assert_eq!(store.trace(trace_id(1)).unwrap().spans().len(), 2);
        assert_eq!(store.trace(trace_id(2)).unwrap().spans().len(), 1);
        store.ingest(of("a", vec![span(3 + round, 1, 0)])).unwrap();
    }
}

#[test]
fn a_span_from_before_the_restart_is_a_duplicate() {
    let folder = TempDir::new().unwrap();
    let body = of("a", vec![span(1, 1, 0)]);
    open(folder.path(), 64 << 20).ingest(body.clone()).unwrap();
    let store = open(folder.path(), 64 << 20);
    assert_eq!(store.ingest(body.clone()).unwrap().duplicates, 1);
}

#[test]
fn files_stay_within_the_limit_and_the_newest_traces_are_stored() {
    let folder = TempDir::new().unwrap();
    let limit = 32 << 20;
    let store = open(folder.path(), limit);
    for trace in 1..=400 {
        // With 200 kB of padding, bodies make up most of the files.
        store.ingest(of("a", vec![padded(span(trace, 1, 0), 200_000)])).unwrap();
        assert!(store.stats().disk_bytes <= limit, "{:?}", store.stats());
    }
    let stats = store.stats();
    assert!(stats.traces > 60 && stats.traces < 400, "{stats:?}");
    let remaining = stats.traces;
    assert!(store.trace(trace_id(400)).is_some() && store.trace(trace_id(1)).is_none());
    drop(store);
    assert_eq!(open(folder.path(), limit).stats().traces, remaining);
}

#[test]
fn a_damaged_file_is_reported_and_set_aside() {
    for damage in
        [Damage::Middle, Damage::Head, Damage::Cut, Damage::Bit, Damage::Zeros, Damage::Empty, Damage::Folder]
    {
        let folder = TempDir::new().unwrap();
        let limit = 16 << 20;
        let store = open(folder.path(), limit);
        for trace in 1..=30 {
            store.ingest(of("a", vec![padded(span(trace, 1, 0), 100_000)])).unwrap();
        }
        drop(store);
        let volumes = files(folder.path()).into_iter().filter(|name| name != "lock").collect::<Vec<_>>();
        assert!(volumes.len() > 2, "{volumes:?}");
        damage.apply(&folder.path().join(&volumes[1]));

        let store =
            Store::on_disk(MEMORY, &DiskSettings { folder: folder.path().to_owned(), limit }).unwrap();
        let mut reports = Vec::new();
        store.replay(|damaged| reports.push(format!("{damaged:?}")));
        assert_eq!(reports.len(), 1, "{damage:?}: {reports:?}");
        assert_eq!(store.stats().damaged_files, 1);
        assert!(store.trace(trace_id(1)).is_some() && store.trace(trace_id(30)).is_some());
        for summary in store.latest(100) {
            assert_eq!(store.trace(summary.trace_id).unwrap().spans().len(), 1);
        }
        store.ingest(of("a", vec![span(99, 1, 0)])).unwrap();
        drop(store);
        let store = open(folder.path(), limit);
        assert!(store.trace(trace_id(99)).is_some());
    }
}

#[test]
fn a_damaged_newest_file_is_reported() {
    let folder = TempDir::new().unwrap();
    open(folder.path(), 64 << 20).ingest(of("a", vec![span(1, 1, 0)])).unwrap();
    Damage::Head.apply(&folder.path().join("00000001.redb"));
    let store =
        Store::on_disk(MEMORY, &DiskSettings { folder: folder.path().to_owned(), limit: 64 << 20 }).unwrap();
    let mut reports = 0;
    store.replay(|_| reports += 1);
    assert_eq!((reports, store.stats().traces), (1, 0));
    store.ingest(of("a", vec![span(2, 1, 0)])).unwrap();
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Head,
    Middle,
    Cut,
    /// One bit of a body.
    Bit,
    Zeros,
    Empty,
    /// A folder instead of a file.
    Folder,
}

impl Damage {
    fn apply(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let len = bytes.len();
        match self {
            Self::Head => bytes[..4096].fill(0xa5),
            Self::Middle => bytes[4096..len / 2].fill(0xa5),
            Self::Cut => bytes.truncate(len / 4),
            Self::Bit => {
                // The alphabet of the padding. No other data has so long a run of it.
                let is_padding = |byte: &u8| (b'0'..=b'o').contains(byte);
                let at = bytes.windows(1_000).position(|window| window.iter().all(is_padding)).unwrap();
                bytes[at + 500] ^= 1;
            }
            Self::Zeros => bytes[len / 4..len / 2].fill(0),
            Self::Empty => bytes.clear(),
            Self::Folder => {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
                return;
            }
        }
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_folder_is_locked_for_one_store() {
    let folder = TempDir::new().unwrap();
    let settings = DiskSettings { folder: folder.path().to_owned(), limit: 64 << 20 };
    let store = Store::on_disk(MEMORY, &settings).unwrap();
    assert!(matches!(Store::on_disk(MEMORY, &settings), Err(OpenError::InUse { .. })));
    drop(store);
    assert!(Store::on_disk(MEMORY, &settings).is_ok());
}

#[test]
fn an_unusable_folder_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let settings = DiskSettings { folder: file.path().join("below a file"), limit: 64 << 20 };
    assert!(matches!(Store::on_disk(MEMORY, &settings), Err(OpenError::Folder { .. })));
}

#[test]
fn concurrent_writers_lose_no_trace() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), 64 << 20);
    std::thread::scope(|scope| {
        for writer in 0..8_u64 {
            let store = &store;
            scope.spawn(move || {
                for n in 1..=25 {
                    store.ingest(of("a", vec![span(writer * 100 + n, 1, 0)])).unwrap();
                }
            });
        }
    });
    drop(store);
    assert_eq!(open(folder.path(), 64 << 20).stats().traces, 200);
}
