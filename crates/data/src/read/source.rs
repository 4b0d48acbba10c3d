//! The source of bytes: a file, or memory (the embedded data sets, tests).

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use flate2::bufread::GzDecoder;

use crate::error::DataError;

/// Bytes that can be read more than once.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// A file.
    File(PathBuf),
    /// Bytes in memory, with a name for messages.
    Bytes {
        /// Its name in messages.
        name: &'a str,
        /// The content.
        bytes: &'a [u8],
    },
}

impl<'a> Source<'a> {
    /// Its name in messages.
    pub fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Bytes { name, .. } => name.to_string(),
        }
    }

    /// The bytes from the start.
    pub(crate) fn open(&self) -> Result<Box<dyn BufRead + 'a>, DataError> {
        match self {
            Source::Bytes { bytes, .. } => Ok(Box::new(*bytes)),
            Source::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(BufReader::with_capacity(1 << 16, file))),
                Err(e) => Err(DataError::io(path, e)),
            },
        }
    }

    /// The bytes from the start, unzipped if they begin with gzip's magic number.
    pub(crate) fn open_unzipped(&self) -> Result<Box<dyn Read + 'a>, DataError> {
        let mut reader = self.open()?;
        let start = reader.fill_buf().map_err(|e| self.unreadable(e))?;
        if start.starts_with(&[0x1f, 0x8b]) {
            Ok(Box::new(BufReader::with_capacity(1 << 16, GzDecoder::new(reader))))
        } else {
            Ok(Box::new(reader))
        }
    }

    /// All bytes, if there are at most `limit`.
    pub(crate) fn read_all(&self, limit: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let read = self.open()?.take(limit + 1).read_to_end(&mut bytes).map_err(|e| self.unreadable(e))?;
        if read as u64 > limit {
            return Err(DataError::file(&self.name(), format!("the file is longer than {limit} bytes")));
        }
        Ok(bytes)
    }

    pub(crate) fn unreadable(&self, source: std::io::Error) -> DataError {
        DataError::Io { path: self.name(), source }
    }
}
