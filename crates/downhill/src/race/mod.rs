//! Races and stability limits on the command line: from options to a race ([`mod@resolve`]), and the output ([`tell`]).

pub mod resolve;
pub mod tell;
