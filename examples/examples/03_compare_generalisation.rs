//! How do SGD, Momentum, Adam and AdamW generalise? Few, noisy moons, and eight seeds of each as one population.
//!
//! Writes `curves.csv` and `curves.svg` into the folder you name, or the temporary one. Expect the training loss to
//! fall on and on while the validation loss turns: the gap from training to test accuracy is larger at the end.

use downhill_examples::{Problem, train};
use downhill_optim::Registry;
use downhill_report::curves::{Curve, CurvesFigure, LineStyle, Panel, Scale, curves_svg};
use downhill_report::statistics::median_and_band;
use downhill_report::table::{Align, Table, percent};
use downhill_train::{Part, Row, Session};
use std::{env, error::Error, fmt::Write, fs, path::PathBuf};

const SPECS: [&str; 4] = ["sgd:lr=0.3", "momentum:lr=0.1", "adam:lr=0.01", "adamw:lr=0.01,weight_decay=0.1"];

fn main() -> Result<(), Box<dyn Error>> {
    let problem = Problem::new("moons:n=300,noise=0.35", 200)?;
    let mut csv = String::from("optimizer,seed,epoch,train_loss,val_loss\n");
    let header = ["best validation loss", "train", "test", "gap", "gap at the end"].map(String::from).to_vec();
    let mut table = Table { header, align: [vec![Align::Left], vec![Align::Right; 4]].concat(), rows: Vec::new() };
    let mut curves = Vec::new();
    for (group, spec) in SPECS.into_iter().enumerate() {
        let mut session = problem.population(&Registry::builtin(), (0..8).map(|seed| (spec.to_string(), seed)))?;
        let rows = train(&mut session);
        for Row { seed, epoch, train_loss, val_loss, .. } in &rows {
            writeln!(csv, "\"{spec}\",{seed},{epoch},{train_loss},{}", val_loss.unwrap_or(f64::NAN))?;
        }
        let mut curve = |style, loss: fn(&Row) -> f64| {
            let of_seed = |seed| rows.iter().filter(|r| r.seed == seed).map(|r| (r.epoch, loss(r))).collect();
            let seeds: Vec<_> = (0..8).map(of_seed).collect();
            let (points, band) = median_and_band(&seeds, 0.25, 0.75, f64::INFINITY);
            curves.push(Curve { name: spec.into(), group, style, points, band: Some(band) });
        };
        curve(LineStyle::Solid, |row| row.train_loss);
        curve(LineStyle::Dashed, |row| row.val_loss.unwrap_or(f64::NAN));
        let [(train, test), (last_train, last_test)] = [true, false].map(|best| accuracies(&session, best));
        let cells = [train, test, train - test, last_train - last_test].map(percent);
        table.rows.push([vec![spec.to_string()], cells.to_vec()].concat());
    }
    let (title, subtitle) = ("Loss on noisy moons".into(), "median and quartiles of eight seeds".into());
    let (x_label, y_label, scale, markers) = ("epoch".into(), "cross-entropy".into(), Scale::Log, Vec::new());
    let panel = Panel { title: "Loss".into(), x_label, y_label, scale, curves, markers };
    let folder = env::args().nth(1).map_or_else(|| env::temp_dir().join("downhill-tour"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("curves.csv"), csv)?;
    fs::write(folder.join("curves.svg"), curves_svg(&CurvesFigure { title, subtitle, panels: vec![panel] }))?;
    println!("{}\ncurves.csv and curves.svg are in {}", table.to_text(), folder.display());
    println!("This is no verdict: that takes tuned rates, more seeds and data sets, and a paired test.");
    Ok(())
}

/// Mean accuracy on training and test data, at each member's lowest validation loss or at its end.
fn accuracies(session: &Session, best: bool) -> (f64, f64) {
    let chosen = |m: &downhill_train::Member| if best { m.best.as_ref().map(|b| b.values.clone()) } else { m.values.clone() };
    let values: Vec<_> = session.members().iter().filter_map(chosen).collect();
    let mean = |part: &Part| session.evaluate(&values, part).iter().filter_map(|e| e.accuracy).sum::<f64>() / values.len() as f64;
    (mean(&session.data().train), mean(&session.data().test))
}
