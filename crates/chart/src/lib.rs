//! Charts as SVG, tables as text, and the parts that they are made of.
//!
//! Everything here is a function from plain values to text: [`curves`], [`regions`] and [`scatter`] draw whole
//! pictures, [`table`] writes tables for the terminal and Markdown, and numbers for people. All pictures are built
//! from the same parts: [`ticks`] knows axes and their labels, [`frame`] a pair of axes on the sheet, [`sheet`] the
//! sheet with title and legend, [`draw`] the elements, [`palette`] the colours, [`contours`] and [`ground`] a plane
//! with heights. Nothing here knows Burn, an optimizer or HTML, touches the file system, reads a clock or prints.

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
