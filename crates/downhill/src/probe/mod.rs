//! `downhill probe` at work: telling and drawing.

pub mod draw;
pub mod folder;
pub mod tell;
