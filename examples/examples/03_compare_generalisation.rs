//! How do SGD, Momentum, Adam and AdamW generalise? Noisy moons, 100 points to learn from and 900 to judge by.
//!
//! Eight seeds of each train as one population; loss curves go into the folder you name, or a temporary one. Expect
//! training losses to fall on while validation losses turn, and the gap from training to test accuracy to grow.

use downhill_chart::curves::{AxisScale, Curve, CurvesFigure, LineStyle, Panel, curves_svg};
use downhill_chart::statistics::median_and_band;
use downhill_chart::table::{Align, Table};
use downhill_data::SplitOptions;
use downhill_examples::{Problem, train};
use downhill_optim::Registry;
use downhill_population::Values;
use downhill_train::{Member, Row, Session};
use std::{env, error::Error, fmt::Write, fs, path::PathBuf};

const SPECS: [&str; 4] = ["sgd:lr=0.3", "momentum:lr=0.1", "adam:lr=0.01", "adamw:lr=0.01,weight_decay=0.1"];

fn main() -> Result<(), Box<dyn Error>> {
    let parts = SplitOptions { val_fraction: 0.45, test_fraction: 0.45, seed: 0 };
    let problem = Problem::with_split("moons:n=1000,noise=0.3", &parts, 200)?;
    let (mut csv, mut curves) = (String::from("optimizer,seed,epoch,train_loss,val_loss\n"), Vec::new());
    let header = ["mean accuracy in %", "train", "test", "gap", "gap at the end"].map(String::from).to_vec();
    let mut table = Table { header, align: [vec![Align::Left], vec![Align::Right; 4]].concat(), rows: Vec::new() };
    for (group, spec) in SPECS.into_iter().enumerate() {
        let mut session = problem.population(&Registry::builtin(), (0..8).map(|seed| (spec.to_string(), seed)))?;
        let rows = train(&mut session);
        for Row { seed, epoch, train_loss, val_loss, .. } in &rows {
            writeln!(csv, "\"{spec}\",{seed},{epoch},{train_loss},{}", val_loss.unwrap_or(f64::NAN))?;
        }
        for (style, training) in [(LineStyle::Solid, true), (LineStyle::Dashed, false)] {
            let loss = |row: &Row| if training { row.train_loss } else { row.val_loss.unwrap_or(f64::NAN) };
            let of_seed = |seed| rows.iter().filter(|r| r.seed == seed).map(|r| (r.epoch, loss(r))).collect();
            let (points, _) = median_and_band(&(0..8).map(of_seed).collect::<Vec<_>>(), 0.25, 0.75, f64::INFINITY);
            curves.push(Curve { name: spec.into(), group, style, points, band: None });
        }
        let [train, test] = accuracy(&session, |member| Some(member.best.as_ref()?.values.clone()));
        let [end_train, end_test] = accuracy(&session, |member| member.values.clone());
        let cells = [train, test, train - test, end_train - end_test].map(|share| format!("{:.1}", 100.0 * share));
        table.rows.push([vec![spec.to_string()], cells.to_vec()].concat());
    }
    let [title, heading, x_label, y_label] = ["Noisy moons", "Loss", "epoch", "cross-entropy"].map(String::from);
    let (subtitle, scale, markers) = ("medians of eight seeds".into(), AxisScale::Log, Vec::new());
    let panels = vec![Panel { title: heading, x_label, x_scale: AxisScale::Linear, y_label, scale, curves, markers }];
    let folder = env::args().nth(1).map_or_else(|| env::temp_dir().join("downhill-tour"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("curves.csv"), csv)?;
    fs::write(folder.join("curves.svg"), curves_svg(&CurvesFigure { title, subtitle, panels }))?;
    println!("Each seed at its lowest validation loss, and the gap when training ends:\n\n{}", table.to_text());
    println!("No verdict: it takes tuned rates, other splits and a paired test.\nCurves are in {}", folder.display());
    Ok(())
}

/// Mean accuracy on the training and the test part, with the parameters that `choose` takes from each member.
fn accuracy(session: &Session, choose: impl Fn(&Member) -> Option<Values>) -> [f64; 2] {
    let values: Vec<Values> = session.members().iter().filter_map(choose).collect();
    [&session.data().train, &session.data().test].map(|part| {
        let right = session.evaluate(&values, part).into_iter().filter_map(|figures| figures.accuracy);
        right.sum::<f64>() / values.len() as f64
    })
}
