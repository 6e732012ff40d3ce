//! A file that is only read, as storage of the database engine. What the engine writes, such as a repair, stays in memory.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

/// Bytes that are kept as a whole once a part of them is written.
const BLOCK: usize = 4096;

#[derive(Debug)]
pub(super) struct FileView {
    file: File,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    blocks: BTreeMap<u64, Box<[u8; BLOCK]>>,
    /// Length of the storage.
    len: u64,
    /// Length of the part that comes from the file.
    file_len: u64,
}

impl FileView {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        let changes = Changes { blocks: BTreeMap::new(), len, file_len: len };
        Ok(Self { file, changes: Mutex::new(changes) })
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block as the file has it, with zeros after the end of the file.
    fn of_file(&self, number: u64, file_len: u64) -> io::Result<Box<[u8; BLOCK]>> {
        let mut block = Box::new([0; BLOCK]);
        let start = number * BLOCK as u64;
        let present = usize::try_from(file_len.saturating_sub(start)).unwrap_or(BLOCK).min(BLOCK);
        if let Some(present) = block.get_mut(..present) {
            read_exact_at(&self.file, present, start)?;
        }
        Ok(block)
    }
}

impl StorageBackend for FileView {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes();
        if offset.saturating_add(out.len() as u64) > changes.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for part in parts(offset, out.len()) {
            let Some(out) = out.get_mut(part.of_data) else { continue };
            let block = match changes.blocks.get(&part.block) {
                Some(block) => block,
                None => &self.of_file(part.block, changes.file_len)?,
            };
            if let Some(bytes) = block.get(part.of_block) {
                out.copy_from_slice(bytes);
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes();
        changes.len = len;
        changes.file_len = changes.file_len.min(len);
        // What is cut off comes back as zeros.
        changes.blocks.split_off(&len.div_ceil(BLOCK as u64));
        let cut = usize::try_from(len % BLOCK as u64).unwrap_or_default();
        let last = changes.blocks.get_mut(&(len / BLOCK as u64)).and_then(|block| block.get_mut(cut..));
        if let Some(bytes) = last {
            bytes.fill(0);
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes();
        for part in parts(offset, data.len()) {
            if !changes.blocks.contains_key(&part.block) {
                let block = self.of_file(part.block, changes.file_len)?;
                changes.blocks.insert(part.block, block);
            }
            let target = changes.blocks.get_mut(&part.block).and_then(|block| block.get_mut(part.of_block));
            if let (Some(target), Some(data)) = (target, data.get(part.of_data)) {
                target.copy_from_slice(data);
            }
        }
        changes.len = changes.len.max(offset.saturating_add(data.len() as u64));
        Ok(())
    }
}

/// The part of a read or write that is in one block.
struct Part {
    block: u64,
    of_block: std::ops::Range<usize>,
    of_data: std::ops::Range<usize>,
}

/// Splits a range of the storage at the ends of blocks.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = Part> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let start = usize::try_from(at % BLOCK as u64).unwrap_or_default();
        let size = (BLOCK - start).min(len - done);
        let part =
            Part { block: at / BLOCK as u64, of_block: start..start + size, of_data: done..done + size };
        done += size;
        (size > 0).then_some(part)
    })
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, out: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};
    file.seek(io::SeekFrom::Start(offset))?;
    file.read_exact(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn view_of(bytes: &[u8]) -> (FileView, tempfile::NamedTempFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        (FileView::new(File::open(file.path()).unwrap()).unwrap(), file)
    }

    proptest! {
        #[test]
        fn it_reads_what_was_written_and_leaves_the_file_as_it_was(
            len in 0..3 * BLOCK,
            writes in vec((0..3 * BLOCK as u64, vec(any::<u8>(), 1..2 * BLOCK)), 0..8),
        ) {
            let mut expected: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let (view, file) = view_of(&expected);
            let before = expected.clone();
            for (offset, data) in writes {
                view.write(offset, &data).unwrap();
                let end = usize::try_from(offset).unwrap() + data.len();
                expected.resize(expected.len().max(end), 0);
                expected[end - data.len()..end].copy_from_slice(&data);
            }
            let mut read = vec![0; expected.len()];
            view.read(0, &mut read).unwrap();
            prop_assert_eq!(&read, &expected);
            prop_assert_eq!(view.len().unwrap(), expected.len() as u64);
            prop_assert!(view.read(1, &mut read).is_err() || read.is_empty());
            prop_assert_eq!(std::fs::read(file.path()).unwrap(), before);
        }
    }

    #[test]
    fn what_was_cut_off_comes_back_as_zeros() {
        let (view, _file) = view_of(&[1; 2 * BLOCK]);
        for (cut, written) in [(BLOCK as u64, 0), (BLOCK as u64 - 2, BLOCK as u64 - 4), (5, 2)] {
            view.write(written, &[1]).unwrap();
            view.set_len(cut).unwrap();
            view.set_len(2 * BLOCK as u64).unwrap();
            let mut read = [9; 2];
            view.read(cut - 1, &mut read).unwrap();
            assert_eq!(read, [1, 0], "cut at {cut}");
        }
    }
}
