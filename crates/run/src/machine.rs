//! The machine of a run, and its time of day.

use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};

/// Everything that a result depends on besides its configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's own name.
    pub cpu: String,
    /// The architecture, with the widest vector instructions that the kernels use.
    pub instruction_set: String,
    /// The operating system.
    pub os: String,
    /// Logical cores.
    pub cores: usize,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        let mut system = sysinfo::System::new();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        let cpu = system.cpus().first().map_or("unknown".into(), |cpu| cpu.brand().trim().to_string());
        Self { cpu, instruction_set: instruction_set(), os: std::env::consts::OS.into(), cores: cores() }
    }
}

/// The architecture, with the widest vector instructions that the kernels use.
#[cfg(target_arch = "x86_64")]
pub fn instruction_set() -> String {
    let widest = if std::arch::is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        "avx2+fma"
    } else {
        "sse2"
    };
    format!("x86_64, {widest}")
}

/// The architecture.
#[cfg(not(target_arch = "x86_64"))]
pub fn instruction_set() -> String {
    std::env::consts::ARCH.into()
}

/// Logical cores of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Bytes of memory that are free or can be freed.
pub fn available_memory() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let free = system.available_memory();
    // A container may allow less memory than the machine has.
    system.cgroup_limits().map_or(free, |limits| free.min(limits.total_memory.saturating_sub(limits.rss)))
}

/// Seconds since 1970.
pub fn wall_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}
