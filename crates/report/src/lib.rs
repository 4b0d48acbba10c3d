//! Pictures, tables and TensorBoard files from records.
//!
//! Everything here is a function from plain values to text: [`curves`], [`regions`] and
//! [`scatter`] give SVG, [`race`] gives moving pictures too, [`probe`] planes of
//! a loss and a page, [`experiment`] pages of claims, [`table`] gives terminal tables and Markdown, [`statistics`] gives the
//! few numbers that the pictures need. Only [`tensorboard`] touches the file system. Nothing
//! here knows Burn, reads a clock or prints.
//!
//! Every picture is built from the same parts: [`ticks`] knows axes and their labels, `frame` a pair of
//! axes on the sheet, `page` the sheet with title and legend, [`palette`] the colours.

mod contours;
pub mod curves;
mod draw;
pub mod experiment;
mod frame;
mod ground;
mod html;
mod legend;
mod markers;
mod page;
pub mod palette;
pub mod probe;
pub mod race;
mod range;
pub mod regions;
pub mod scatter;
mod simplify;
pub mod statistics;
pub mod study;
pub mod table;
pub mod tensorboard;
#[cfg(test)]
mod tests;
mod text;
mod thin;
pub mod ticks;
mod web;
