//! Properties of every race: sound pictures within their size, whatever the runners did.

use std::time::{Duration, Instant};

use downhill_chart::palette;
use proptest::prelude::*;
use roxmltree::Document;

use super::*;
use crate::tests::{check, seeded};

fn bowl(runners: Vec<RunnerTrace>) -> RaceFigure {
    let grid = 41;
    let place = |node: usize| 4.0 * node as f64 / (grid - 1) as f64 - 2.0;
    let loss = |node: usize| place(node % grid).powi(2) + 20.0 * place(node / grid).powi(2);
    RaceFigure {
        title: "A bowl".into(),
        subtitle: "made by hand".into(),
        x_label: "x".into(),
        y_label: "y".into(),
        x_range: (-2.0, 2.0),
        y_range: (-2.0, 2.0),
        grid,
        values: (0..grid * grid).map(loss).collect(),
        minima: vec![(0.0, 0.0, 0.0)],
        runners,
        reach: 0.05,
        loss_floor: Some(0.0),
        basins: None,
    }
}

fn trace(points: Vec<(f64, f64)>) -> WalkTrace {
    let losses: Vec<f64> = points.iter().map(|(x, y)| x * x + 20.0 * y * y).collect();
    WalkTrace { grad_norms: losses.clone(), losses, points, ended: "all steps done".into(), ..WalkTrace::default() }
}

fn runner(label: &str, traces: Vec<WalkTrace>) -> RunnerTrace {
    RunnerTrace { label: label.into(), traces }
}

/// A path that turns around the minimum and comes nearer.
fn spiral(start: f64, steps: usize) -> WalkTrace {
    let point = |step: usize| {
        let (angle, size) = (start + 0.4 * step as f64, 1.8 * 0.97f64.powi(step as i32));
        (size * angle.cos(), size * angle.sin())
    };
    trace((0..=steps).map(point).collect())
}

fn words(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("well-formed XML");
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().trim().to_string()).collect()
}

fn has_words(svg: &str, content: &str) -> bool {
    words(svg).iter().any(|words| words == content)
}

/// Width, height and bytes of red, green and blue.
fn decode_png(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    (info.width, info.height, pixels)
}

/// Delays and finished pictures of all frames.
fn decode_gif(bytes: &[u8]) -> (usize, Vec<(u16, Vec<u8>)>) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("a GIF");
    let wide = usize::from(decoder.width());
    let mut canvas = vec![0; wide * usize::from(decoder.height()) * 4];
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        for (row, line) in frame.buffer.chunks(usize::from(frame.width) * 4).enumerate() {
            for (column, pixel) in line.chunks(4).enumerate().filter(|(_, pixel)| pixel[3] > 0) {
                let at = ((usize::from(frame.top) + row) * wide + usize::from(frame.left) + column) * 4;
                canvas[at..at + 4].copy_from_slice(pixel);
            }
        }
        frames.push((frame.delay, canvas.clone()));
    }
    (wide, frames)
}

/// How many pixels are nearly of a colour.
fn pixels_of(colour: &str, pixels: &[u8], channels: usize) -> usize {
    let wanted = palette::over_white(colour, 1.0);
    let near = |pixel: &&[u8]| pixel.iter().zip(wanted).all(|(&a, b)| a.abs_diff(b) < 24);
    pixels.chunks(channels).filter(near).count()
}

#[test]
fn each_of_one_to_twelve_runners_is_in_the_picture_and_its_legend() {
    for count in 1..=12 {
        let runners = (0..count).map(|place| runner(&format!("runner {place}"), vec![spiral(place as f64, 80)]));
        let svg = race_svg(&bowl(runners.collect()));
        check(&svg);
        for place in 0..count {
            assert!(has_words(&svg, &format!("runner {place}")));
            assert!(svg.contains(&format!("stroke=\"{}\"", palette::colour(place))), "{place} of {count}");
        }
    }
}

#[test]
fn hostile_names_stay_text_everywhere() {
    let name = "</script><script>alert(1)</script> <b a='1'>&\"";
    let mut figure = bowl(vec![runner(name, vec![spiral(0.0, 5)]), runner(name, vec![spiral(1.0, 5), spiral(2.0, 5)])]);
    figure.title = name.into();
    figure.subtitle = name.into();
    figure.x_label = name.into();
    figure.y_label = name.into();
    figure.runners[0].traces[0].ended = name.into();
    figure.runners[1].traces[1].ended = name.into();
    let svg = race_svg(&figure);
    check(&svg);
    let page = race_page(&figure, name);
    assert_eq!(page.matches("<script").count(), 3, "theme, data and ours");
    assert_eq!(page.matches("</script>").count(), 3);
    assert!(!page.contains("<b a="));
    race_png(&figure, 600).expect("a picture");
}

#[test]
fn the_json_of_the_page_is_sound_and_holds_every_step() {
    let mut figure = bowl(vec![runner("a", vec![spiral(0.0, 80)]), runner("b", vec![spiral(1.0, 7)])]);
    figure.runners[1].traces[0].losses[3] = f64::NAN;
    figure.runners[1].traces[0].points[3] = (f64::INFINITY, 0.5);
    figure.basins = Some(Basins { grid: 2, runners: vec![vec![Some(0), Some(0), None, Some(9)], vec![None]] });
    let page = race_page(&figure, "downhill race bowl");
    let begin = page.find("id=\"race-data\">").expect("data") + "id=\"race-data\">".len();
    let end = begin + page[begin..].find("</script>").expect("an end");
    let data: serde_json::Value = serde_json::from_str(&page[begin..end]).expect("JSON");
    assert_eq!(data["steps"].as_array().map(Vec::len), Some(81));
    let second = &data["runners"][1]["traces"][0];
    assert_eq!(second["n"], 7);
    assert_eq!(second["x"].as_array().map(Vec::len), Some(8));
    assert_eq!(second["x"][3], 1e300);
    assert!(second["l"][3].is_null());
    assert!((second["l"][7].as_f64().expect("a loss") / figure.runners[1].traces[0].losses[7] - 1.0).abs() < 1e-3);
    assert_eq!(data["basins"]["runners"], serde_json::json!([[2, 0, 2, -1], null]));
    assert!(data["plane"]["rings"].as_array().is_some_and(|levels| levels.len() > 5));
}

#[test]
fn a_runner_that_leaves_is_marked_at_the_border_and_changes_no_axis() {
    let good = || runner("good", vec![spiral(0.0, 60)]);
    let wild = |diverged: bool, ends: f64| {
        let mut points: Vec<(f64, f64)> = (0..40).map(|step| (0.1, 0.1 * (-1.7f64).powi(step))).collect();
        points.push((0.1, ends));
        runner("wild", vec![WalkTrace { diverged, ..trace(points) }])
    };
    let alone = race_svg(&bowl(vec![good()]));
    let left = race_svg(&bowl(vec![good(), wild(false, 1e200)]));
    check(&left);
    assert!(has_words(&left, "left the picture") && !has_words(&alone, "left the picture"));
    let diverged = race_svg(&bowl(vec![good(), wild(true, f64::INFINITY)]));
    check(&diverged);
    assert!(has_words(&diverged, "diverged") && !has_words(&diverged, "left the picture"));
    let plane_labels = |svg: &str| words(svg).iter().filter(|words| words.starts_with('−') || *words == "2.0").count();
    assert_eq!(plane_labels(&alone), plane_labels(&left));
    // The others keep most of the height of the loss curves.
    let (axis, ends) =
        (layout::loss_axis(&bowl(vec![good(), wild(true, f64::INFINITY)])), layout::loss_axis(&bowl(vec![good()])));
    assert!(axis.1.log10() - axis.0.log10() < 2.0 * (ends.1.log10() - ends.0.log10()), "{axis:?} {ends:?}");
}

#[test]
fn paths_of_one_point_and_of_none_are_pictures() {
    let figure = bowl(vec![
        runner("still", vec![trace(vec![(1.0, 1.0)])]),
        runner("nowhere", vec![trace(vec![])]),
        runner("none", vec![]),
    ]);
    let svg = race_svg(&figure);
    check(&svg);
    assert!(svg.contains("start") && race_page(&figure, "").contains("still"));
    assert_eq!(decode_gif(&race_gif(&figure, 10, 400).expect("a picture")).1.len(), 1);
    check(&race_svg(&RaceFigure::default()));
    race_page(&RaceFigure::default(), "");
    race_gif(&RaceFigure::default(), 0, 64).expect("a picture");
}

#[test]
fn places_without_a_value_are_hatched() {
    let mut figure = bowl(vec![runner("a", vec![spiral(0.0, 30)])]);
    assert!(!race_svg(&figure).contains("nowhere"));
    for row in figure.values.chunks_mut(41) {
        row[..10].fill(f64::NAN);
    }
    let svg = race_svg(&figure);
    check(&svg);
    assert!(has_words(&svg, "no value"));
    assert_eq!(svg.matches("fill=\"url(#nowhere)\"").count(), 2, "the plane and the legend");
    figure.values.fill(f64::NAN);
    check(&race_svg(&figure));
}

#[test]
fn without_a_plane_there_are_loss_curves() {
    let mut figure = bowl(vec![runner("a", vec![spiral(0.0, 30)])]);
    figure.values.clear();
    figure.runners[0].traces[0].points.clear();
    let svg = race_svg(&figure);
    check(&svg);
    assert!(has_words(&svg, "Loss") && !has_words(&svg, "Paths"));
    let page = race_page(&figure, "");
    assert!(page.contains("id=\"losses\"") && !page.contains("id=\"plane\""));
}

#[test]
fn losses_below_the_floor_are_drawn_on_a_linear_axis() {
    let mut figure = bowl(vec![runner("a", vec![spiral(0.0, 30)])]);
    assert_eq!(figure.floor(), Some(0.0));
    figure.loss_floor = Some(10.0);
    assert_eq!(figure.floor(), None);
    check(&race_svg(&figure));
    figure.loss_floor = None;
    assert_eq!(figure.floor(), None);
    // Rounding is no better minimum.
    figure.loss_floor = Some(1e-12);
    figure.runners[0].traces[0].losses.push(0.0);
    assert_eq!(figure.floor(), Some(1e-12));
}

#[test]
fn a_thousand_starts_stay_small_and_fast_and_say_so() {
    let many = |label: &str| runner(label, (0..1000).map(|start| spiral(start as f64, 200)).collect());
    let figure = bowl(vec![many("a"), many("b"), many("c")]);
    let began = Instant::now();
    let (svg, page) = (race_svg(&figure), race_page(&figure, ""));
    let took = began.elapsed();
    check(&svg);
    assert!(svg.len() < 400_000, "{} bytes", svg.len());
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(svg.contains("60 of 1000 starts are drawn") && page.contains("40 of 1000 starts are drawn"));
}

#[test]
fn a_hundred_thousand_steps_stay_small() {
    let leap = |step: usize| (1.5 * 0.99999f64.powi(step as i32), if step.is_multiple_of(2) { 1.0 } else { -1.0 });
    let figure = bowl(vec![runner("a", vec![trace((0..100_000).map(leap).collect())])]);
    let (svg, page) = (race_svg(&figure), race_page(&figure, ""));
    assert!(svg.len() < 300_000, "{} bytes", svg.len());
    assert!(page.len() < 400_000, "{} bytes", page.len());
    assert!(page.contains("some are left out here"));
}

#[test]
fn a_png_has_the_width_asked_for_letters_and_all_colours() {
    let figure = bowl((0..3).map(|place| runner(&format!("runner {place}"), vec![spiral(place as f64, 60)])).collect());
    let (width, height, pixels) = decode_png(&race_png(&figure, 900).expect("a picture"));
    assert_eq!((width, pixels.len()), (900, (width * height * 3) as usize));
    for place in 0..3 {
        assert!(pixels_of(palette::colour(place), &pixels, 3) > 300, "runner {place}");
    }
    // The title, in dark letters on white.
    let title = &pixels[..(width * 50 * 3) as usize];
    assert!(pixels_of(palette::INK, title, 3) > 100, "no letters");
    for width in [0, 63, 8193, u32::MAX] {
        assert!(matches!(race_png(&figure, width), Err(PictureError::Width(given)) if given == width));
    }
}

#[test]
fn a_gif_moves_from_the_start_to_the_whole_picture_within_its_size() {
    let figure =
        bowl((0..3).map(|place| runner(&format!("runner {place}"), vec![spiral(place as f64, 300)])).collect());
    let bytes = race_gif(&figure, 30, 500).expect("a picture");
    assert!(bytes.len() < 1_000_000, "{} bytes", bytes.len());
    let (wide, frames) = decode_gif(&bytes);
    assert_eq!((wide, frames.len()), (500, 30));
    let blue: Vec<usize> = frames.iter().map(|(_, pixels)| pixels_of(palette::colour(0), pixels, 4)).collect();
    assert!(blue[29] > blue[0] + 100, "{blue:?}");
    assert!(frames.windows(2).all(|pair| pair[0].1 != pair[1].1), "every frame differs from the one before");
    assert!(frames[29].0 > frames[1].0, "the last frame stays longer");
    // The last frame is the picture itself, but for the number of the step.
    let (_, _, still) = decode_png(&race_png(&figure, 500).expect("a picture"));
    let moved = frames[29].1.chunks(4).flat_map(|pixel| &pixel[..3]);
    let differs = still.iter().zip(moved).filter(|(a, b)| a.abs_diff(**b) > 48).count();
    assert!(differs * 100 < still.len(), "{differs} of {}", still.len());
    assert_eq!(race_gif(&figure, 30, 500).expect("a picture"), bytes, "the same figure gives the same bytes");
    assert!(matches!(race_gif(&figure, 30, 1), Err(PictureError::Width(1))));
}

fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![6 => -4.0..4f64, 1 => prop::num::f64::ANY, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(0.0)]
}

fn wild_trace() -> impl Strategy<Value = WalkTrace> {
    let points = prop::collection::vec((wild(), wild()), 0..20);
    let losses = prop::collection::vec(wild(), 0..20);
    (points, losses, any::<bool>(), prop::option::of(0usize..5)).prop_map(|(points, losses, diverged, minimum)| {
        WalkTrace { points, grad_norms: losses.clone(), losses, ended: "somehow".into(), diverged, minimum }
    })
}

proptest! {
    #![proptest_config(seeded(150))]

    #[test]
    fn any_race_makes_sound_pictures(
        runners in prop::collection::vec(("[a-z<&]{0,30}", prop::collection::vec(wild_trace(), 0..4)), 0..12),
        (grid, values) in (0usize..9).prop_flat_map(|grid| (Just(grid), prop::collection::vec(wild(), grid * grid))),
        x_range in prop_oneof![Just((-4.0, 4.0)), (wild(), wild())],
        minima in prop::collection::vec((wild(), wild(), wild()), 0..4),
        loss_floor in prop::option::of(wild()),
    ) {
        let runners = runners.into_iter().map(|(label, traces)| RunnerTrace { label, traces }).collect();
        let figure = RaceFigure { grid, values, x_range, minima, loss_floor, ..bowl(runners) };
        check(&race_svg(&figure));
        let page = race_page(&figure, "downhill race");
        prop_assert!(!page.contains("NaN,") && !page.contains("inf,"));
    }
}

proptest! {
    // Few: each packs pictures.
    #![proptest_config(seeded(8))]

    #[test]
    fn any_race_can_be_rasterised(runners in prop::collection::vec(prop::collection::vec(wild_trace(), 0..3), 0..4)) {
        let runners = runners.into_iter().map(|traces| RunnerTrace { label: "one".into(), traces }).collect();
        let figure = bowl(runners);
        prop_assert!(race_png(&figure, 300).is_ok() && race_gif(&figure, 4, 200).is_ok());
    }
}
