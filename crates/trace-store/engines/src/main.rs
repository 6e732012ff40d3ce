//! Comparison of embedded database engines for the store's workload: append a body of 200 kB under the next number,
//! durable against `kill -9`; remove the oldest bodies beyond a limit; read any body.
//!
//! `cargo run --release -- DIR` prints for each engine: CPU seconds per GB written, GB/s of wall time, the time of a
//! read, and the size on disk at the limit.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const BODY: usize = 200_000;
const BODIES: u64 = 5_000;
/// Bodies that are retained.
const RETAINED: u64 = 1_250;

type Error = Box<dyn std::error::Error>;

trait Engine {
    fn append(&mut self, number: u64, body: &[u8]) -> Result<(), Error>;
    fn remove(&mut self, number: u64) -> Result<(), Error>;
    fn read(&mut self, number: u64) -> Result<Vec<u8>, Error>;
}

struct Redb(redb::Database);

const BODIES_TABLE: redb::TableDefinition<u64, &[u8]> = redb::TableDefinition::new("bodies");

impl Engine for Redb {
    fn append(&mut self, number: u64, body: &[u8]) -> Result<(), Error> {
        // Only an immediate commit survives the process; redb has no "written but not synced".
        let write = self.0.begin_write()?;
        write.open_table(BODIES_TABLE)?.insert(number, body)?;
        Ok(write.commit()?)
    }

    fn remove(&mut self, number: u64) -> Result<(), Error> {
        let mut write = self.0.begin_write()?;
        write.set_durability(redb::Durability::None)?;
        write.open_table(BODIES_TABLE)?.remove(number)?;
        Ok(write.commit()?)
    }

    fn read(&mut self, number: u64) -> Result<Vec<u8>, Error> {
        use redb::ReadableDatabase;
        let table = self.0.begin_read()?.open_table(BODIES_TABLE)?;
        Ok(table.get(number)?.ok_or("body not found")?.value().to_vec())
    }
}

struct Fjall {
    database: fjall::Database,
    bodies: fjall::Keyspace,
}

impl Engine for Fjall {
    fn append(&mut self, number: u64, body: &[u8]) -> Result<(), Error> {
        self.bodies.insert(number.to_be_bytes(), body)?;
        Ok(self.database.persist(fjall::PersistMode::Buffer)?)
    }

    fn remove(&mut self, number: u64) -> Result<(), Error> {
        Ok(self.bodies.remove(number.to_be_bytes())?)
    }

    fn read(&mut self, number: u64) -> Result<Vec<u8>, Error> {
        Ok(self.bodies.get(number.to_be_bytes())?.ok_or("body not found")?.to_vec())
    }
}

struct Sqlite(rusqlite::Connection);

impl Sqlite {
    fn open(folder: &Path) -> Result<Self, Error> {
        let connection = rusqlite::Connection::open(folder.join("bodies.db"))?;
        connection.execute_batch(
            "PRAGMA page_size = 32768; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
             PRAGMA auto_vacuum = NONE; CREATE TABLE bodies (number INTEGER PRIMARY KEY, body BLOB NOT NULL);",
        )?;
        Ok(Self(connection))
    }
}

impl Engine for Sqlite {
    fn append(&mut self, number: u64, body: &[u8]) -> Result<(), Error> {
        let number = i64::try_from(number)?;
        self.0.prepare_cached("INSERT INTO bodies VALUES (?, ?)")?.execute((number, body))?;
        Ok(())
    }

    fn remove(&mut self, number: u64) -> Result<(), Error> {
        self.0.prepare_cached("DELETE FROM bodies WHERE number = ?")?.execute([i64::try_from(number)?])?;
        Ok(())
    }

    fn read(&mut self, number: u64) -> Result<Vec<u8>, Error> {
        let mut statement = self.0.prepare_cached("SELECT body FROM bodies WHERE number = ?")?;
        Ok(statement.query_row([i64::try_from(number)?], |row| row.get(0))?)
    }
}

/// The baseline: append-only files of 16 MB, of which the oldest is unlinked.
struct Segments {
    folder: PathBuf,
    open: VecDeque<(u64, File, u64)>,
    offsets: VecDeque<(u64, u64)>,
    first: u64,
}

impl Engine for Segments {
    fn append(&mut self, number: u64, body: &[u8]) -> Result<(), Error> {
        if self.open.back().is_none_or(|(_, _, len)| *len > 16 << 20) {
            let path = self.folder.join(format!("{number}.log"));
            let file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
            self.open.push_back((number, file, 0));
        }
        let (segment, file, len) = self.open.back_mut().ok_or("no segment")?;
        file.write_all(body)?;
        self.offsets.push_back((*segment, *len));
        *len += body.len() as u64;
        Ok(())
    }

    fn remove(&mut self, number: u64) -> Result<(), Error> {
        while self.first <= number {
            self.offsets.pop_front();
            self.first += 1;
        }
        while self.open.get(1).is_some_and(|(start, ..)| *start <= self.first) {
            if let Some((start, ..)) = self.open.pop_front() {
                fs::remove_file(self.folder.join(format!("{start}.log")))?;
            }
        }
        Ok(())
    }

    fn read(&mut self, number: u64) -> Result<Vec<u8>, Error> {
        let (segment, at) =
            self.offsets.get(usize::try_from(number - self.first)?).ok_or("body not found")?;
        let (_, file, _) = self.open.iter().find(|(start, ..)| start == segment).ok_or("body not found")?;
        let mut body = vec![0; BODY];
        file.read_exact_at(&mut body, *at)?;
        Ok(body)
    }
}

fn main() -> Result<(), Error> {
    let base = PathBuf::from(std::env::args().nth(1).ok_or("usage: engines DIR")?);
    let fresh = |name: &str| -> Result<PathBuf, Error> {
        let folder = base.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    println!("{:<10} {:>12} {:>10} {:>10} {:>12}", "engine", "CPU s/GB", "GB/s", "read µs", "MB on disk");
    let folder = fresh("segments")?;
    let segments =
        Segments { folder: folder.clone(), open: VecDeque::new(), offsets: VecDeque::new(), first: 0 };
    measure("segments", &folder, segments)?;
    let folder = fresh("fjall")?;
    let database = fjall::Database::builder(&folder).open()?;
    let options = || {
        fjall::KeyspaceCreateOptions::default()
            .with_kv_separation(Some(fjall::KvSeparationOptions::default()))
    };
    let bodies = database.keyspace("bodies", options)?;
    measure("fjall", &folder, Fjall { database, bodies })?;
    let folder = fresh("sqlite")?;
    measure("sqlite", &folder, Sqlite::open(&folder)?)?;
    let folder = fresh("redb")?;
    measure("redb", &folder, Redb(redb::Database::create(folder.join("bodies.redb"))?))?;
    Ok(())
}

fn measure(name: &str, folder: &Path, mut engine: impl Engine) -> Result<(), Error> {
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    let mut body = vec![0; BODY];
    for byte in &mut body {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *byte = b'a' + u8::try_from(noise >> 60)?; // four bits per byte: compresses to half, like spans
    }
    let (started, cpu) = (Instant::now(), cpu());
    for number in 0..BODIES {
        body[..8].copy_from_slice(&number.to_be_bytes());
        engine.append(number, &body)?;
        if number >= RETAINED {
            engine.remove(number - RETAINED)?;
        }
    }
    let (wall, cpu) = (started.elapsed(), self::cpu() - cpu);
    let started = Instant::now();
    for step in 0..200 {
        let number = BODIES - 1 - (step * 7919) % (RETAINED - 1);
        assert_eq!(engine.read(number)?[..8], number.to_be_bytes());
    }
    let read = started.elapsed() / 200;
    let gigabytes = (BODIES as f64) * (BODY as f64) / 1e9;
    println!(
        "{name:<10} {:>12.2} {:>10.2} {:>10} {:>12}",
        cpu.as_secs_f64() / gigabytes,
        gigabytes / wall.as_secs_f64(),
        read.as_micros(),
        disk(folder)? / 1_000_000
    );
    Ok(())
}

/// CPU time of all threads of this process.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

fn disk(folder: &Path) -> Result<u64, Error> {
    use std::os::unix::fs::MetadataExt;
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.path().is_dir() { disk(&entry.path())? } else { entry.metadata()?.blocks() * 512 };
    }
    Ok(bytes)
}
