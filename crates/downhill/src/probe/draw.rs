//! The pictures and the page of a probe.

use super::folder::{PAGE, PICTURES};
use super::tell;
use crate::cli::Probe as Args;
use downhill_chart::curves::curves_svg;
use downhill_chart::table::percent;
use downhill_report::probe::{
    LossPlane, ProbeFigure, ProbeTable, SliceCurve, plane_svg, probe_page, sharpness_figure, slice_figure,
};
use downhill_run::measure::Found;
use downhill_run::open::Trained;

/// The figures of a probe.
pub fn figure(args: &Args, subject: &Trained, found: &Found) -> ProbeFigure {
    let [title, subtitle] = tell::heading(subject);
    let loss = subject.record.loss.as_str();
    let tables = vec![
        ProbeTable {
            title: "The whole network".into(),
            how: String::new(),
            table: tell::figures(args, subject, found),
        },
        ProbeTable {
            title: "Layer by layer".into(),
            how: "Idle units have an activation with a slope below 0.001 at every row: they pass no gradient.".into(),
            table: tell::layers(found),
        },
    ];
    let plane = |x_label: String, y_label: String, sides: [&[f64]; 2], losses: &[Vec<f64>]| LossPlane {
        title: title.clone(),
        subtitle: subtitle.clone(),
        x_label,
        y_label,
        x_range: ends(sides[0]),
        y_range: ends(sides[1]),
        grid: sides[0].len(),
        values: losses.concat(),
        path: Vec::new(),
        here: Some((0.0, 0.0)),
    };
    let name = |which: usize| format!("random direction {which}");
    let path = found.path.as_ref();
    ProbeFigure {
        lead: tell::lead(found),
        notes: tell::notes(subject, found),
        tables,
        slice: found.slices.as_ref().map(|slices| {
            let curve = |validation: bool| {
                move |(i, losses): (usize, &Vec<f64>)| SliceCurve {
                    name: format!("direction {}", i + 1),
                    group: i,
                    validation,
                    losses: losses.clone(),
                }
            };
            let training = slices.training.iter().enumerate().map(curve(false));
            let curves: Vec<SliceCurve> =
                training.chain(slices.validation.iter().enumerate().map(curve(true))).collect();
            slice_figure(&title, &subtitle, loss, &slices.at, found.loss, &curves)
        }),
        plane: found.slices.as_ref().map(|slices| {
            let label = |which| name(which) + ", in norms of each filter's weights";
            plane(label(1), label(2), [&slices.side, &slices.side], &slices.plane)
        }),
        path: path.map(|path| {
            let axis =
                |k: usize| format!("principal axis {} ({} of the path)", k + 1, percent(path.plane.explained[k]));
            LossPlane {
                path: path.plane.coordinates.iter().map(|c| (c[0], c[1])).collect(),
                here: Some((path.here[0], path.here[1])),
                ..plane(axis(0), axis(1), [&path.sides[0], &path.sides[1]], &path.losses)
            }
        }),
        sharpness: path.filter(|path| !path.steepness.is_empty()).map(|path| {
            let preconditioned = subject.ready.optimizer.edge().is_some_and(|edge| edge.preconditioned);
            let what = if preconditioned {
                ("preconditioned sharpness", "largest eigenvalue of the Hessian under the optimizer's own scaling")
            } else {
                ("sharpness", "largest eigenvalue of the Hessian")
            };
            let at = |step: u64| step as f64;
            let measured: Vec<(f64, f64)> = path.steepness.iter().map(|s| (at(s.step), s.value)).collect();
            let threshold: Vec<(f64, f64)> =
                path.steepness.iter().filter_map(|s| Some((at(s.step), s.threshold?))).collect();
            sharpness_figure(&title, &subtitle, what, &measured, &threshold)
        }),
        title,
        subtitle,
    }
}

fn ends(side: &[f64]) -> (f64, f64) {
    (side.first().copied().unwrap_or(0.0), side.last().copied().unwrap_or(0.0))
}

/// The files of the figures: pictures, and the page that repeats `command`.
pub fn files(figure: &ProbeFigure, command: &str) -> Vec<(&'static str, Vec<u8>)> {
    let [slice, plane, path, sharpness] = PICTURES;
    let pictures = [
        (slice, figure.slice.as_ref().map(curves_svg)),
        (plane, figure.plane.as_ref().map(plane_svg)),
        (path, figure.path.as_ref().map(plane_svg)),
        (sharpness, figure.sharpness.as_ref().map(curves_svg)),
    ];
    let drawn = pictures.into_iter().filter_map(|(name, svg)| Some((name, svg?.into_bytes())));
    drawn.chain([(PAGE, probe_page(figure, command).into_bytes())]).collect()
}
