//! The pages of `docs/optimizers` are the ones that the program would write.

use downhill::pages;
use downhill_optim::Registry;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/optimizers")
}

/// With `WRITE_PAGES=1` in the environment the test writes them instead.
#[test]
fn the_pages_on_optimizers_are_up_to_date() {
    let registry = Registry::builtin();
    let mut pages: Vec<(String, String)> =
        registry.entries().map(|about| (format!("{}.md", about.name), pages::page(about))).collect();
    pages.push(("README.md".into(), pages::index(&registry)));
    if std::env::var_os("WRITE_PAGES").is_some() {
        pages.iter().for_each(|(name, text)| std::fs::write(folder().join(name), text).unwrap());
    }
    for (name, text) in &pages {
        let there = std::fs::read_to_string(folder().join(name)).unwrap_or_default().replace("\r\n", "\n");
        assert!(
            there == *text,
            "docs/optimizers/{name} is out of date: run `WRITE_PAGES=1 cargo test --release pages`"
        );
    }
    // No other page but the page of differences.
    let mut found: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: Vec<String> = pages.into_iter().map(|(name, _)| name).chain(["differences.md".into()]).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_optimizer_has_equations_and_a_source() {
    for about in Registry::builtin().entries() {
        let text = pages::equations(about);
        assert!(text.contains("```text\n") && text.contains(&about.source[..4]), "{}: {text}", about.name);
    }
}
