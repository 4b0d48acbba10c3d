//! Pages, pictures and TensorBoard files from records.
//!
//! All functions go from plain values to text, drawn with the parts of `downhill-chart`: [`study`] gives the figures,
//! tables and page of a comparison, [`race`] moving pictures too, [`probe`] planes of a loss and a page, [`experiment`]
//! pages of claims. Only [`tensorboard`] touches the file system. This crate does not know Burn, reads no clock and
//! prints nothing.

pub mod experiment;
mod html;
pub mod probe;
pub mod race;
pub mod study;
pub mod tensorboard;
#[cfg(test)]
mod tests;
mod web;
