//! Properties of every picture, whatever is drawn.

mod sound;

use proptest::prelude::*;
use roxmltree::{Document, Node};

use crate::curves::{AxisScale, Curve, CurvesFigure, LineStyle, Marker, Panel, curves_svg};
use crate::regions::{FitPart, LabelledPoint, RegionsFigure, regions_svg};
use crate::scatter::{FitFigure, FitPoint, fit_svg};
use crate::text;
pub(crate) use sound::{check, seeded, texts};

fn curve(name: &str, group: usize, points: Vec<(f64, f64)>) -> Curve {
    Curve { name: name.into(), group, style: LineStyle::Solid, points, band: None }
}

fn panel(scale: AxisScale, curves: Vec<Curve>) -> Panel {
    Panel {
        title: "Loss".into(),
        x_label: "step".into(),
        x_scale: AxisScale::Linear,
        y_label: "cross-entropy".into(),
        scale,
        curves,
        markers: vec![],
    }
}

fn figure(panels: Vec<Panel>) -> CurvesFigure {
    CurvesFigure { title: "a figure".into(), subtitle: "what it shows".into(), panels }
}

#[test]
fn names_are_escaped_and_come_back() {
    let name = "<&\">' \u{1} é";
    let mut figure = figure(vec![panel(AxisScale::Linear, vec![curve(name, 0, vec![(0.0, 1.0), (1.0, 2.0)])])]);
    figure.title = name.into();
    figure.panels[0].title = name.into();
    let svg = curves_svg(&figure);
    check(&svg);
    let document = Document::parse(&svg).expect("well-formed XML");
    let shown = texts(&document).into_iter().filter(|(content, _)| content == "<&\">' \u{fffd} é").count();
    assert_eq!(shown, 3, "title, heading and legend");
}

#[test]
fn twenty_long_names_find_their_place() {
    let name = |group: usize| format!("{group:02} {}", "long-names,with=0.123,".repeat(4));
    let curves = |scale: f64| {
        (0..20).map(|group| curve(&name(group), group, vec![(0.0, scale), (9e6, -scale * group as f64)])).collect()
    };
    for panels in 1..=3 {
        check(&curves_svg(&figure((0..panels).map(|_| panel(AxisScale::Linear, curves(1e-9))).collect())));
    }
}

#[test]
fn on_a_logarithmic_x_axis_equal_ratios_take_equal_lengths() {
    let line = curve("adam", 0, vec![(0.0, 1.0), (1.0, 1.0), (10.0, 1.2), (100.0, 1.4), (1000.0, 1.6)]);
    let svg = curves_svg(&figure(vec![Panel { x_scale: AxisScale::Log, ..panel(AxisScale::Linear, vec![line]) }]));
    check(&svg);
    let document = Document::parse(&svg).expect("well-formed");
    let circles = document.descendants().filter(|node| node.attribute("fill") == Some(crate::palette::colour(0)));
    let left = |node: Node| node.attribute("d").and_then(|d| d[1..].split(' ').next()?.parse().ok());
    let places: Vec<f64> = circles.filter_map(left).collect();
    assert_eq!(places.len(), 4, "one mark each, and none at step 0: {places:?}");
    let steps: Vec<f64> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(steps[0] > 50.0 && steps.iter().all(|step| (step - steps[0]).abs() < 0.2), "{places:?}");
}

#[test]
fn a_dotted_line_needs_no_words_but_its_name() {
    let dotted = Curve { style: LineStyle::Dotted, ..curve("theory", 0, vec![(0.0, 1.0), (5.0, 0.0)]) };
    let svg = curves_svg(&figure(vec![panel(AxisScale::Linear, vec![dotted, curve("adam", 1, vec![(0.0, 2.0)])])]));
    assert_eq!(svg.matches(crate::legend::DOTS).count(), 2, "the line and its legend");
    assert!(!svg.contains("validation"));
}

#[test]
fn solid_and_dashed_are_explained_unless_the_names_say_it() {
    let both = |name: &str, other: &str| {
        let dashed = Curve { style: LineStyle::Dashed, ..curve(other, 0, vec![(0.0, 1.0)]) };
        let svg = curves_svg(&figure(vec![panel(AxisScale::Linear, vec![curve(name, 0, vec![(0.0, 2.0)]), dashed])]));
        let words = |svg: &str| {
            texts(&Document::parse(svg).expect("well-formed")).into_iter().map(|text| text.0).collect::<Vec<_>>()
        };
        words(&svg)
    };
    let count = |texts: &[String], word: &str| texts.iter().filter(|text| *text == word).count();
    let adam = both("adam", "adam");
    assert_eq!([count(&adam, "adam"), count(&adam, "training"), count(&adam, "validation")], [1, 1, 1]);
    let single = both("training", "validation");
    assert_eq!([count(&single, "training"), count(&single, "validation")], [1, 1]);
}

#[test]
fn a_run_that_leaves_the_picture_is_marked_and_the_others_keep_their_range() {
    let good: Vec<(f64, f64)> = (0..50).map(|step| (f64::from(step), 2.3 / f64::from(step + 1))).collect();
    let wild: Vec<(f64, f64)> = (0..50).map(|step| (f64::from(step), 2.3 * 2f64.powi(step))).collect();
    let picture = |curves: Vec<Curve>| curves_svg(&figure(vec![panel(AxisScale::Linear, curves)]));
    let triangles = |svg: &str| svg.matches("rotate(").count();
    assert_eq!(triangles(&picture(vec![curve("good", 0, good.clone())])), 0);
    let both = picture(vec![curve("good", 0, good.clone()), curve("wild", 1, wild)]);
    assert_eq!(triangles(&both), 1);
    let infinite = picture(vec![curve("good", 0, good), curve("infinite", 1, vec![(0.0, 2.3), (5.0, f64::INFINITY)])]);
    assert_eq!(triangles(&infinite), 1);
    let largest = |svg: &str| {
        texts(&Document::parse(svg).expect("well-formed"))
            .iter()
            .filter_map(|text| text.0.parse::<f64>().ok())
            .fold(0.0, f64::max)
    };
    assert!(largest(&both) <= 50.0, "the steps are the largest numbers");
    check(&both);
}

#[test]
fn twenty_curves_of_5000_steps_stay_below_200_kb() {
    let noisy = |seed: usize| {
        (0..5000).map(|step| (step as f64, 1.5 + ((step * 7919 + seed * 104_729) as f64).sin())).collect()
    };
    let curves: Vec<Curve> = (0..20).map(|seed| curve(&format!("seed {seed}"), seed, noisy(seed))).collect();
    for panels in 1..=3 {
        let svg = curves_svg(&figure(vec![panel(AxisScale::Log, curves.clone()); panels]));
        assert!(svg.len() < 200_000, "{panels} panels: {} bytes", svg.len());
    }
}

#[test]
fn an_empty_figure_is_a_picture_too() {
    check(&curves_svg(&figure(vec![])));
    let nothing = curves_svg(&figure(vec![
        panel(AxisScale::Log, vec![]),
        panel(AxisScale::Linear, vec![curve("none", 0, vec![])]),
    ]));
    assert_eq!(nothing.matches("no values to show").count(), 2);
    check(&nothing);
}

fn regions(grid: usize, points: Vec<LabelledPoint>) -> RegionsFigure {
    let cells = grid * grid;
    RegionsFigure {
        title: "moons".into(),
        subtitle: String::new(),
        x_label: "x1".into(),
        y_label: "x2".into(),
        x_range: (-1.0, 1.0),
        y_range: (-2e4, 2e4),
        grid,
        classes: (0..cells).map(|cell| u32::from(cell % grid < grid / 2)).collect(),
        confidence: vec![0.9; cells],
        class_names: vec!["left & low".into(), "right".into()],
        points,
    }
}

#[test]
fn two_halves_have_one_straight_boundary_in_the_middle() {
    let svg = regions_svg(&regions(10, vec![]));
    check(&svg);
    let document = Document::parse(&svg).expect("well-formed XML");
    let image = document.descendants().find(|node| node.has_tag_name("image")).expect("a picture of the regions");
    let number = |name: &str| image.attribute(name).and_then(|value| value.parse::<f64>().ok()).expect("a number");
    let middle = number("x") + number("width") / 2.0;
    let boundary = document
        .descendants()
        .filter_map(|node| node.attribute("d"))
        .find(|data| data.contains('l'))
        .expect("a boundary");
    for segment in boundary.split('M').skip(1) {
        let x: f64 = segment.split(' ').next().and_then(|x| x.parse().ok()).expect("a place");
        assert!((x - middle).abs() <= 0.1 && segment.contains("l0 "), "{segment}");
    }
}

#[test]
fn regions_with_many_points_stay_below_300_kb_and_say_how_many_are_shown() {
    let point = |row: usize| LabelledPoint {
        x: (row as f64).sin(),
        y: 2e4 * (row as f64 * 0.7).cos(),
        class: (row % 2) as u32,
        part: [FitPart::Train, FitPart::Validation, FitPart::Test][row % 3],
        wrong: row.is_multiple_of(4),
    };
    let svg = regions_svg(&regions(200, (0..60_000).map(point).collect()));
    assert!(svg.len() < 300_000, "{} bytes", svg.len());
    assert!(svg.contains("of 60,000 points shown"));
    check(&svg);
}

#[test]
fn regions_of_the_wrong_length_are_left_out() {
    let mut figure = regions(10, vec![]);
    figure.classes.pop();
    let svg = regions_svg(&figure);
    assert!(!svg.contains("<image"));
    check(&svg);
}

fn wild_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -10.0..10f64,
        1 => prop::num::f64::ANY,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(0.0),
    ]
}

fn wild_curve() -> impl Strategy<Value = Curve> {
    let points = prop::collection::vec(wild_number(), 0..40);
    let band = prop::option::of(prop::collection::vec((wild_number(), wild_number()), 0..40));
    (0usize..30, 0usize..3, wild_number(), ".{0,70}", points, band).prop_map(
        |(group, style, stride, name, points, band)| Curve {
            name,
            group,
            style: [LineStyle::Solid, LineStyle::Dashed, LineStyle::Dotted][style],
            points: points.into_iter().enumerate().map(|(step, y)| (step as f64 * stride, y)).collect(),
            band: band
                .map(|band| band.into_iter().enumerate().map(|(step, (low, high))| (step as f64, low, high)).collect()),
        },
    )
}

fn wild_panel() -> impl Strategy<Value = Panel> {
    let marker = (wild_number(), wild_number(), ".{0,30}", 0usize..5).prop_map(|(x, y, text, group)| Marker {
        x,
        y,
        text,
        group,
    });
    let (curves, markers) = (prop::collection::vec(wild_curve(), 0..8), prop::collection::vec(marker, 0..8));
    (any::<[bool; 2]>(), ".{0,60}", curves, markers).prop_map(|([log, log_x], label, curves, markers)| Panel {
        title: label.clone(),
        x_label: label.clone(),
        y_label: label,
        x_scale: if log_x { AxisScale::Log } else { AxisScale::Linear },
        markers,
        ..panel(if log { AxisScale::Log } else { AxisScale::Linear }, curves)
    })
}

proptest! {
    #![proptest_config(seeded(200))]

    #[test]
    fn any_curves_make_a_sound_picture(title in ".{0,200}", panels in prop::collection::vec(wild_panel(), 0..4)) {
        check(&curves_svg(&CurvesFigure { title: title.clone(), subtitle: title, panels }));
    }

    #[test]
    fn any_fit_makes_a_sound_picture(
        points in prop::collection::vec((wild_number(), wild_number()), 0..30),
        curve in prop::collection::vec((wild_number(), wild_number()), 0..30),
    ) {
        let points = points.into_iter().map(|(x, y)| FitPoint { x, y, part: FitPart::Test }).collect();
        let text = || "fit".to_string();
        check(&fit_svg(&FitFigure { title: text(), subtitle: text(), x_label: text(), y_label: text(), points, curve }));
    }
}

proptest! {
    // Few: each packs a PNG.
    #![proptest_config(seeded(16))]

    #[test]
    fn any_plane_makes_a_sound_picture(
        (grid, cells) in (0usize..6).prop_flat_map(|grid| (Just(grid), prop::collection::vec((0u32..30, any::<f32>()), grid * grid))),
        x_range in (wild_number(), wild_number()),
        points in prop::collection::vec((wild_number(), wild_number(), 0u32..40, any::<bool>()), 0..20),
    ) {
        let mut figure = regions(grid, vec![]);
        (figure.classes, figure.confidence) = cells.into_iter().unzip();
        figure.x_range = x_range;
        figure.points = points.into_iter().map(|(x, y, class, wrong)| LabelledPoint { x, y, class, part: FitPart::Train, wrong }).collect();
        check(&regions_svg(&figure));
    }
}
