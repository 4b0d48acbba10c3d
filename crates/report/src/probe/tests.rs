//! Pictures and page of a made-up probe.

use downhill_chart::curves::curves_svg;
use downhill_chart::table::Align;

use super::plane::levels;
use super::*;

fn plane() -> LossPlane {
    let grid = 31;
    let place = |node: usize| 2.0 * node as f64 / (grid - 1) as f64 - 1.0;
    let values = (0..grid * grid).map(|at| place(at % grid).powi(2) + 10.0 * place(at / grid).powi(2) + 0.3).collect();
    LossPlane {
        title: "A bowl & more".into(),
        subtitle: "made up".into(),
        x_label: "first axis".into(),
        y_label: "second axis".into(),
        x_range: (-1.0, 1.0),
        y_range: (-1.0, 1.0),
        grid,
        values,
        path: (0..40).map(|t| (0.9 - 0.9 * f64::from(t) / 39.0, 0.5 * (-0.1 * f64::from(t)).exp())).collect(),
        here: Some((0.0, 0.0)),
    }
}

fn figure() -> ProbeFigure {
    let at: Vec<f64> = (-20..=20).map(|i| f64::from(i) / 20.0).collect();
    let losses = |k: f64| at.iter().map(|x| 0.3 + k * x * x).collect();
    let curve =
        |name: &str, group, validation, k| SliceCurve { name: name.into(), group, validation, losses: losses(k) };
    let curves = [curve("direction 1", 0, false, 2.0), curve("direction 1", 0, true, 3.0)];
    let steps: Vec<(f64, f64)> = (0..20).map(|t| (f64::from(t), 2.0 + f64::from(t))).collect();
    ProbeFigure {
        title: "<b>digits</b>".into(),
        lead: "Stable: `lr` 0.1 is below 0.2.".into(),
        notes: vec!["Over `all` rows.".into()],
        tables: vec![ProbeTable {
            title: "Figures".into(),
            how: "Each is measured.".into(),
            table: Table {
                header: vec!["figure".into(), "value".into()],
                align: vec![Align::Left, Align::Right],
                rows: vec![vec!["sharpness".into(), "3 < 4".into()]],
            },
        }],
        slice: Some(slice_figure("", "", "cross-entropy", &at, 0.3, &curves)),
        plane: Some(LossPlane { path: Vec::new(), ..plane() }),
        path: Some(plane()),
        sharpness: Some(sharpness_figure("", "", ("sharpness", "an eigenvalue"), &steps, &[(0.0, 20.0), (19.0, 20.0)])),
        ..ProbeFigure::default()
    }
}

#[test]
fn a_plane_is_sound_xml_with_labelled_contours_path_and_place() {
    let svg = plane_svg(&plane());
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
    for text in ["first axis", "second axis", "path of training", "these weights", "A bowl & more"] {
        assert!(texts.contains(&text), "{text} in {texts:?}");
    }
    let shown = levels(&plane()).expect("a ground");
    let numbered =
        shown.values.iter().filter(|&&level| texts.contains(&downhill_chart::table::number(level).as_str())).count();
    assert!(numbered >= 4, "{numbered} of {} contours say their loss", shown.values.len());
}

#[test]
fn a_plane_without_values_or_range_is_still_a_picture() {
    for figure in [LossPlane::default(), LossPlane { values: vec![f64::NAN; 31 * 31], ..plane() }] {
        let svg = plane_svg(&figure);
        assert!(roxmltree::Document::parse(&svg).is_ok());
        assert!(!svg.contains("NaN"));
    }
}

#[test]
fn every_name_on_the_page_is_there_once() {
    let page = probe_page(&figure(), "downhill probe runs/x --path");
    let ids: Vec<&str> =
        page.match_indices(" id=\"").map(|(at, _)| page[at + 5..].split('"').next().unwrap()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    for reference in page.match_indices("url(#").map(|(at, _)| page[at + 5..].split(')').next().unwrap()) {
        assert!(ids.contains(&reference), "{reference}");
    }
}

#[test]
fn the_page_escapes_what_it_is_given_and_loads_nothing() {
    let page = probe_page(&figure(), "downhill probe 'a <b>'");
    assert!(page.contains("&lt;b&gt;digits&lt;/b&gt;") && page.contains("3 &lt; 4") && page.contains("a &lt;b&gt;"));
    assert!(!page.contains("<b>digits") && !page.contains("src=\"") && !page.contains("http-equiv"));
    assert!(page.contains("<code>lr</code>"));
}

#[test]
fn every_shade_of_the_contours_has_one_for_the_dark() {
    let page = probe_page(&figure(), "downhill probe x");
    for (colour, _) in downhill_chart::ground::shades(levels(&plane()).unwrap().values.len()) {
        assert!(page.contains(&format!(".fig [fill=\"{colour}\"]")), "{colour}");
    }
}

#[test]
fn the_edge_is_a_dotted_line_beside_the_sharpness() {
    let svg = curves_svg(&figure().sharpness.unwrap());
    assert!(svg.contains("edge of stability") && svg.contains("stroke-dasharray=\"2 4\""));
    let without = sharpness_figure("", "", ("sharpness", "an eigenvalue"), &[(0.0, -1.0), (5.0, 2.0)], &[]);
    assert_eq!((without.panels[0].scale, without.panels[0].curves.len()), (AxisScale::Linear, 1));
}

#[test]
fn contours_lie_at_round_losses() {
    let levels = |values: &[f64]| {
        super::plane::levels(&LossPlane { grid: 3, values: values.to_vec(), ..plane() }).unwrap().values
    };
    let wide = levels(&[0.0913, 0.2, 0.4, 1.0, 3.0, 9.0, 20.0, 50.0, 90.0]);
    assert_eq!(wide, [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]);
    let narrow = levels(&[1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09]);
    assert!(narrow.len() >= 4, "{narrow:?}");
    assert!(levels(&[-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, f64::NAN]).len() >= 4);
    assert!(levels(&[1.0; 9]).is_empty());
}
