//! Event files that TensorBoard reads.
//!
//! A file is a sequence of TFRecords, each a protocol buffer of the message `Event`. Sources:
//! `tensorflow/core/lib/io/record_writer.h` for the record, `tensorboard/compat/proto/event.proto` and `summary.proto`
//! for the messages. Scalars need five fields only, so these are written by hand:
//!
//! ```text
//! record:  length u64, masked CRC-32C of length u32, data, masked CRC-32C of data u32 (little endian)
//! mask(c): rotate_right(c, 15) + 0xa282ead8
//! Event:   1 wall_time double, 2 step int64, 3 file_version string, 5 summary Summary
//! Summary: 1 value Summary.Value (repeated)
//! Value:   1 tag string, 2 simple_value float
//! ```

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// An open event file.
#[derive(Debug)]
pub struct EventFile {
    file: BufWriter<File>,
    length: u64,
}

impl EventFile {
    /// Makes a new file (an old one of that name is lost) and writes the version record that
    /// every reader expects first. `wall_time` is in seconds since 1970.
    ///
    /// # Errors
    /// The file system's errors.
    pub fn create(path: impl AsRef<Path>, wall_time: f64) -> io::Result<Self> {
        let mut events = Self { file: BufWriter::new(File::create(path)?), length: 0 };
        let mut event = Vec::new();
        put_double(&mut event, 1, wall_time);
        put_bytes(&mut event, 3, b"brain.Event:2");
        events.record(&event)?;
        Ok(events)
    }

    /// Opens an old file, cuts it to `length` bytes, as [`flush`](Self::flush) gave at a checkpoint, and continues it.
    ///
    /// # Errors
    /// The file system's errors, and `UnexpectedEof` if the file is shorter than `length`.
    pub fn append_at(path: impl AsRef<Path>, length: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let present = file.metadata()?.len();
        if present < length {
            let message = format!("the event file has {present} bytes, {length} were expected");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file: BufWriter::new(file), length })
    }

    /// Writes the values of one step, `(tag, value)` with tags such as `loss/train`.
    ///
    /// # Errors
    /// The file system's errors.
    pub fn scalars(&mut self, wall_time: f64, step: i64, values: &[(&str, f32)]) -> io::Result<()> {
        let mut summary = Vec::new();
        for (tag, value) in values {
            let mut entry = Vec::new();
            put_bytes(&mut entry, 1, tag.as_bytes());
            put_float(&mut entry, 2, *value);
            put_bytes(&mut summary, 1, &entry);
        }
        let mut event = Vec::new();
        put_double(&mut event, 1, wall_time);
        // Zero is the default of protocol buffers, whose writers leave it out.
        if step != 0 {
            put_int(&mut event, 2, step);
        }
        put_bytes(&mut event, 5, &summary);
        self.record(&event)
    }

    /// Passes all data to the operating system; returns the number of bytes so far.
    ///
    /// # Errors
    /// The file system's errors.
    pub fn flush(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(self.length)
    }

    fn record(&mut self, data: &[u8]) -> io::Result<()> {
        let length = (data.len() as u64).to_le_bytes();
        self.file.write_all(&length)?;
        self.file.write_all(&masked_crc(&length).to_le_bytes())?;
        self.file.write_all(data)?;
        self.file.write_all(&masked_crc(data).to_le_bytes())?;
        self.length += RECORD_FRAME + data.len() as u64;
        Ok(())
    }
}

/// Bytes around the data of a record: its length and two checksums.
const RECORD_FRAME: u64 = 8 + 4 + 4;

fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The encoding of a field's value, the low three bits of its key.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

fn put_key(to: &mut Vec<u8>, field: u8, wire: Wire) {
    to.push(field << 3 | wire as u8);
}

fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

fn put_int(to: &mut Vec<u8>, field: u8, value: i64) {
    put_key(to, field, Wire::Varint);
    put_varint(to, value as u64);
}

fn put_double(to: &mut Vec<u8>, field: u8, value: f64) {
    put_key(to, field, Wire::Fixed64);
    to.extend(value.to_le_bytes());
}

fn put_float(to: &mut Vec<u8>, field: u8, value: f32) {
    put_key(to, field, Wire::Fixed32);
    to.extend(value.to_le_bytes());
}

fn put_bytes(to: &mut Vec<u8>, field: u8, value: &[u8]) {
    put_key(to, field, Wire::Bytes);
    put_varint(to, value.len() as u64);
    to.extend(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by TensorBoard's own writer: `tests/write_events.py`.
    const KNOWN: &[u8] = include_bytes!("../tests/fixtures/events.tfevents");
    const WALL_TIME: f64 = 1_700_000_000.25;

    fn write_known(events: &mut EventFile, from: usize) -> io::Result<()> {
        let steps: [(i64, &[(&str, f32)]); 4] = [
            (0, &[("loss/train", 2.25), ("loss/validation", 2.5)]),
            (1, &[("loss/train", 0.0)]),
            (300, &[("loss/train", f32::INFINITY), ("é", -1e-30)]),
            (-1, &[("loss/train", 1.0)]),
        ];
        steps[from..].iter().try_for_each(|&(step, values)| events.scalars(WALL_TIME + 1.0, step, values))
    }

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c::crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c::crc32c(&rising), 0x46dd_794e);
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn a_file_has_the_bytes_of_tensorboards_own_writer() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("events");
        let mut events = EventFile::create(&path, WALL_TIME)?;
        write_known(&mut events, 0)?;
        assert_eq!(events.flush()?, KNOWN.len() as u64);
        assert_eq!(std::fs::read(path)?, KNOWN);
        Ok(())
    }

    #[test]
    fn a_file_that_is_cut_and_continued_has_the_bytes_of_one_that_never_stopped() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("events");
        let mut events = EventFile::create(&path, WALL_TIME)?;
        events.scalars(WALL_TIME + 1.0, 0, &[("loss/train", 2.25), ("loss/validation", 2.5)])?;
        let checkpoint = events.flush()?;
        events.scalars(WALL_TIME, 77, &[("lost", 1.0)])?;
        drop(events);
        assert!(std::fs::metadata(&path)?.len() > checkpoint);

        let mut events = EventFile::append_at(&path, checkpoint)?;
        write_known(&mut events, 1)?;
        assert_eq!(events.flush()?, KNOWN.len() as u64);
        assert_eq!(std::fs::read(path)?, KNOWN);
        Ok(())
    }

    #[test]
    fn a_file_shorter_than_its_checkpoint_is_refused_and_left_as_it_is() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("events");
        std::fs::write(&path, b"short")?;
        let error = EventFile::append_at(&path, 6).expect_err("it is too short");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(error.to_string(), "the event file has 5 bytes, 6 were expected");
        assert_eq!(std::fs::read(path)?, b"short");
        Ok(())
    }
}
