//! A comparison on the command line: what was typed ([`options`]), what was meant ([`resolve`]), and its folder
//! ([`folder`]).

pub mod folder;
pub mod options;
pub mod resolve;
mod search;
