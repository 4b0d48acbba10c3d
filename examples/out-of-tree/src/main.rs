//! The whole command line of `downhill` with one rule more: `cargo run --release -- train moons -o heavy-sign`. Records, pages and
//! the commands that repeat them say this program's name and version.

mod heavy_sign;

use downhill_optim::Registry;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut registry = Registry::builtin();
    registry.add(heavy_sign::HeavySign);
    let revision = option_env!("REVISION").unwrap_or("unknown");
    let program = downhill::Program { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), revision };
    downhill::main_as(program, registry)
}
