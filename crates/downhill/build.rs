//! Writes the git revision into the program, for `run.json`; "unknown" outside a checkout.

use std::process::Command;

fn main() {
    let git = |arguments: &[&str]| {
        Command::new("git")
            .args(arguments)
            .output()
            .ok()
            .filter(|o| o.status.success())
            .and_then(|o| String::from_utf8(o.stdout).ok().map(|text| text.trim().to_string()))
    };
    println!(
        "cargo::rustc-env=DOWNHILL_REVISION={}",
        git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or("unknown".into())
    );
    // The revision moves with HEAD's log. Without git there is nothing to watch.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
