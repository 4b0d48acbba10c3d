//! Readers of files. Each treats its input as hostile: no panics, and no allocation from a header's claim alone.

mod csv;
mod element;
mod encoder;
mod idx;
mod npy;
mod sniff;
mod source;
mod target;
mod text;

pub use csv::read_csv;
pub use encoder::{Column, ColumnKind, Encoder, TargetColumn, TargetKind};
pub use idx::{read_idx, read_idx_folder};
pub use npy::{load_npy, read_npy};
pub use source::Source;

pub(crate) use idx::TRAIN_IMAGES;
