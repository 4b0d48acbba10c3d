//! Both directions of the bridge, on the same problems.

mod common;
mod from_burn;
mod to_burn;
