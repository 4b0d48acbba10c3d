//! A comparison on the command line: its options ([`options`]), their meaning ([`resolve`]), and its folder
//! ([`folder`]).

pub mod dry_run;
pub mod folder;
pub mod options;
pub mod report;
pub mod resolve;
mod search;
pub mod shard;
