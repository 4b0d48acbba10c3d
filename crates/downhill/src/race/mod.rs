//! Races and stability limits on the command line: what was meant by what was typed ([`mod@resolve`]), and what is said
//! of it ([`tell`]).

pub mod resolve;
pub mod tell;
