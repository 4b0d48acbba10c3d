//! `downhill probe`: its output and figures.

pub mod draw;
pub mod folder;
pub mod tell;
