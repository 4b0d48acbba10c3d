//! `downhill probe` at work: reading a run, measuring at its weights, repeating it, telling and drawing.

pub mod draw;
pub mod folder;
pub mod load;
pub mod measure;
pub mod path;
pub mod tell;
