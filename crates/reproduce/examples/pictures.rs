//! Runs experiments and writes their pictures: `pictures OUT [NAME…]` puts `NAME-PICTURE.svg` into OUT and prints the
//! findings.

use downhill_chart::curves::curves_svg;
use downhill_report::race::race_svg;
use downhill_reproduce::{Conditions, Experiment, Figure, all};
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let out = arguments.next().ok_or("usage: pictures OUT [NAME…]")?;
    let names: Vec<String> = arguments.collect();
    fs::create_dir_all(&out)?;
    for experiment in all().iter().filter(|e| names.is_empty() || names.iter().any(|name| name == e.name)) {
        write(experiment, Path::new(&out))?;
    }
    Ok(())
}

fn write(experiment: &Experiment, out: &Path) -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    let outcome = experiment.run(&Conditions::default())?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{}: {:?} in {seconds:.2} s", experiment.name, outcome.verdict());
    for finding in &outcome.findings {
        let sign = finding.holds().map_or(' ', |holds| if holds { '✓' } else { '✗' });
        println!("  {sign} {}: {} [{}]", finding.what, finding.found_in_words(), finding.must_in_words());
    }
    for picture in &outcome.pictures {
        let svg = match &picture.figure {
            Figure::Curves(figure) => curves_svg(figure),
            Figure::Race(figure) => race_svg(figure),
        };
        fs::write(out.join(format!("{}-{}.svg", experiment.name, picture.name)), svg)?;
    }
    Ok(())
}
