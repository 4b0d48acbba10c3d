//! The program `downhill`.

use std::process::ExitCode;

// Tensor temporaries are large and short-lived; with the system's allocator each costs page faults, and a population
// of 32 small networks takes twice as long.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    downhill::main_with(downhill_optim::Registry::builtin())
}
