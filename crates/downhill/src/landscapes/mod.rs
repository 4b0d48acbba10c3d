//! Races and stability limits on the command line: what was meant by what was typed ([`mod@resolve`]), and what is said and
//! drawn of it ([`tell`], [`draw`]).

pub mod draw;
pub mod resolve;
pub mod tell;
