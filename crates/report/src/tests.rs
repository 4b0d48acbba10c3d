//! Helpers of the tests of all pages and pictures.

#[path = "../../chart/src/tests/sound.rs"]
mod sound;

use downhill_chart::text;
pub(crate) use sound::{check, seeded};
