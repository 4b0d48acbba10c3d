//! Pages and pictures from records.
//!
//! Everything here is a function from plain values to text, drawn with the parts of `downhill-chart`: [`study`] gives
//! the figures, tables and page of a comparison, [`race`] moving pictures too, [`probe`] planes of a loss and a page,
//! [`experiment`] pages of claims. Nothing here knows Burn, touches the file system, reads a clock or prints.

pub mod experiment;
mod html;
pub mod probe;
pub mod race;
pub mod study;
#[cfg(test)]
mod tests;
mod web;
