//! Charts as SVG, tables as text, and their parts.
//!
//! All functions go from plain values to text: [`curves`], [`regions`] and [`scatter`] draw whole pictures, [`table`]
//! writes tables for the terminal and Markdown, and numbers for people. All pictures are built from the same parts:
//! [`ticks`] knows axes and their labels, [`frame`] a pair of axes on the sheet, [`sheet`] the sheet with title and
//! legend, [`draw`] the elements, [`palette`] the colours, [`contours`] and [`ground`] a plane with heights. This crate
//! knows neither Burn nor an optimizer nor HTML; it touches no file, reads no clock and prints nothing.

pub mod contours;
pub mod curves;
pub mod draw;
pub mod frame;
pub mod ground;
pub mod legend;
mod markers;
pub mod palette;
pub mod range;
pub mod regions;
pub mod scatter;
pub mod sheet;
pub mod simplify;
pub mod statistics;
pub mod table;
#[cfg(test)]
mod tests;
pub mod text;
pub mod thin;
pub mod ticks;
