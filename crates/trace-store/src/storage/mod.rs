//! Storage of request bodies as chunks, in memory or in the files of an embedded database.
//!
//! Layers, the lowest first: `ids` and `byte_range`; `record`, a body compressed with a checksum; `disk`, the files;
//! `chunk`, one body with the origins of its records; `chunks`, all chunks in the order of eviction.

mod byte_range;
mod chunk;
mod chunks;
mod disk;
mod ids;
mod record;

pub(crate) use byte_range::{ByteRange, MAX_BODY};
pub(crate) use chunk::{Chunk, OriginBlock, Source};
pub(crate) use chunks::{Chunks, RETAINED_SHARE};
pub use disk::{DamagedVolume, OpenError, VolumeError, WriteError};
pub(crate) use disk::{Disk, Volume};
pub(crate) use ids::{ChunkId, ContentKind, VolumeId};
pub(crate) use record::Packer;
