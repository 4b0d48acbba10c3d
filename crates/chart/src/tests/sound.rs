//! A sound picture is well-formed, holds no NaN, and no text in it is cut off or covers another.
//!
//! `downhill-report`'s tests include this file too.

use super::text;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use roxmltree::{Document, Node};

/// `cases` cases, the same in every run.
pub fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// The texts with their rectangles: left, top, right, bottom.
pub fn texts(document: &Document) -> Vec<(String, [f64; 4])> {
    let number = |node: &Node, name: &str| node.attribute(name).map(|value| value.parse::<f64>().expect("a number"));
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    let texts = texts.map(|node| {
        let content: String =
            node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect::<String>().trim().into();
        let size = number(&node, "font-size").unwrap_or(12.0);
        let width = if node.attribute("font-weight").is_some() {
            text::bold_width(&content, size)
        } else {
            text::width(&content, size)
        };
        let (x, baseline) = (number(&node, "x").expect("a place"), number(&node, "y").expect("a place"));
        let left = match node.attribute("text-anchor") {
            None => x,
            Some("middle") => x - width / 2.0,
            Some(_) => x - width,
        };
        (content, [left, baseline - 0.75 * size, left + width, baseline + 0.2 * size])
    });
    texts.collect()
}

/// Checks the rules that every picture must follow.
pub fn check(svg: &str) {
    let document = Document::parse(svg).expect("well-formed XML");
    let root = document.root_element();
    assert!(
        root.children().any(|node| node.has_tag_name("title")) && root.children().any(|node| node.has_tag_name("desc"))
    );
    // A `href` is a picture in letters, which may spell anything.
    for attribute in document.descendants().flat_map(|node| node.attributes()).filter(|it| it.name() != "href") {
        let value = attribute.value();
        assert!(!value.contains("NaN") && !value.contains("inf"), "{}={value}", attribute.name());
    }
    let side = |name: &str| root.attribute(name).and_then(|value| value.parse::<f64>().ok()).expect("a size");
    let (width, height) = (side("width"), side("height"));
    let texts = texts(&document);
    for (place, (content, [left, top, right, bottom])) in texts.iter().enumerate() {
        assert!(*left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height, "{content:?} is cut off");
        for (other, [left_2, top_2, right_2, bottom_2]) in &texts[place + 1..] {
            let apart = right <= left_2 || right_2 <= left || bottom <= top_2 || bottom_2 <= top;
            assert!(apart, "{content:?} and {other:?} cover each other");
        }
    }
}
