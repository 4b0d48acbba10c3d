//! The whole command line of `downhill` with one rule more: `cargo run --release -- train moons -o heavy-sign`.

mod heavy_sign;

use downhill_optim::Registry;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut registry = Registry::builtin();
    registry.add(heavy_sign::HeavySign);
    downhill::main_with(registry)
}
