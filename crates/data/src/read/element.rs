//! The number types that binary files hold.

use std::io::{Error, Read};

/// A number type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Element {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Element {
    pub fn bytes(self) -> usize {
        match self {
            Element::U8 | Element::I8 => 1,
            Element::U16 | Element::I16 => 2,
            Element::U32 | Element::I32 | Element::F32 => 4,
            Element::U64 | Element::I64 | Element::F64 => 8,
        }
    }

    /// Reads `count` elements and hands them to `visit` in pieces, so that no second copy of the data exists.
    pub fn read(
        self,
        big_endian: bool,
        reader: &mut dyn Read,
        count: usize,
        mut visit: impl FnMut(&[f64]),
    ) -> Result<(), Error> {
        const PIECE: usize = 4096;
        let mut buffer = vec![0; PIECE * self.bytes()];
        let mut numbers = Vec::with_capacity(PIECE);
        let mut left = count;
        while left > 0 {
            let piece = left.min(PIECE);
            let bytes = &mut buffer[..piece * self.bytes()];
            reader.read_exact(bytes)?;
            numbers.clear();
            self.decode(big_endian, bytes, &mut numbers);
            visit(&numbers);
            left -= piece;
        }
        Ok(())
    }

    fn decode(self, big: bool, bytes: &[u8], out: &mut Vec<f64>) {
        match self {
            Element::U8 => out.extend(bytes.iter().map(|b| f64::from(*b))),
            Element::I8 => out.extend(bytes.iter().map(|b| f64::from(*b as i8))),
            Element::U16 => out.extend(words(bytes, big).map(|w| f64::from(u16::from_le_bytes(w)))),
            Element::I16 => out.extend(words(bytes, big).map(|w| f64::from(i16::from_le_bytes(w)))),
            Element::U32 => out.extend(words(bytes, big).map(|w| f64::from(u32::from_le_bytes(w)))),
            Element::I32 => out.extend(words(bytes, big).map(|w| f64::from(i32::from_le_bytes(w)))),
            Element::U64 => out.extend(words(bytes, big).map(|w| u64::from_le_bytes(w) as f64)),
            Element::I64 => out.extend(words(bytes, big).map(|w| i64::from_le_bytes(w) as f64)),
            Element::F32 => out.extend(words(bytes, big).map(|w| f64::from(f32::from_le_bytes(w)))),
            Element::F64 => out.extend(words(bytes, big).map(f64::from_le_bytes)),
        }
    }
}

/// The bytes in words of `N`, least byte first.
fn words<const N: usize>(bytes: &[u8], big: bool) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().map(move |word| {
        let mut word = *word;
        if big {
            word.reverse();
        }
        word
    })
}
