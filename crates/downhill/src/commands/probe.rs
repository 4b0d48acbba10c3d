//! `downhill probe`.

use crate::cli::Probe as Args;
use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::probe::folder::{self, PAGE, RECORD};
use crate::probe::{draw, load, measure, path, tell};
use crate::run_dir::PROBE;
use crate::terminal::{command, print, say};
use downhill_optim::Registry;
use std::process::ExitCode;

/// Most eigenvalues, and the fewest and most points a side: beyond them a page is no help.
const MOST_EIGENVALUES: usize = 100;
const POINTS: std::ops::RangeInclusive<usize> = 3..=201;

/// Probes a run.
pub fn run(args: &Args, registry: &Registry) -> Outcome<ExitCode> {
    let threads = machine::threads(args.threads)?;
    let legal = |name: &str, value: usize, range: std::ops::RangeInclusive<usize>| {
        let (low, high) = (range.start(), range.end());
        let wrong = || Failure::usage(format!("{name} is {value}, but must be from {low} to {high}"));
        if range.contains(&value) { Ok(()) } else { Err(wrong()) }
    };
    legal("--top", args.top, 1..=MOST_EIGENVALUES)?;
    legal("--points", args.points, POINTS)?;
    if args.rows == 0 {
        return Err(Failure::usage("--rows is 0, but must be at least 1"));
    }
    let talk = |text: &str| {
        if !args.quiet {
            say(text);
        }
    };
    let which = load::Which { run: &args.run, weights: &args.weights, seed: args.seed, repeats: args.path };
    let subject = load::load(&which, registry, threads)?;
    let out = args.out.clone().unwrap_or_else(|| args.run.join(PROBE));
    folder::check(&out)?;
    let all = subject.plan.data.train.rows();
    if args.rows < all {
        talk(&format!("note: measured on {} of {all} training rows; --rows sets how many", args.rows));
    }
    let journey = if args.path { Some(path::repeat(&subject, args.quiet)?) } else { None };
    if journey.as_ref().is_some_and(|path| !path.arrived) {
        talk("warning: the repeated run did not end at the same weights; the path is that of a similar run");
    }
    let found = measure::measure(args, &subject, journey.as_ref(), threads)?;
    if !found.spectrum.converged {
        talk("warning: the search for eigenvalues ended before it converged; a larger one may be missing");
    }
    let record = tell::record(&subject, &found);
    let json = serde_json::to_string_pretty(&record).map_err(Failure::run)? + "\n";
    let mut files = draw::files(&draw::figure(args, &subject, &found), &command());
    files.push((RECORD, json.clone().into_bytes()));
    measure::interrupted()?;
    folder::write(&out, &files)?;
    if args.json {
        print(&json)?;
    } else {
        let (figures, layers) = (tell::figures(args, &subject, &found), tell::layers(&found));
        let [title, subtitle] = tell::heading(&subject);
        print(&format!("{title}\n{subtitle}\n\n{}\n{}\n", figures.to_text(), layers.to_text()))?;
    }
    talk(&format!("page: {}", out.join(PAGE).display()));
    Ok(ExitCode::SUCCESS)
}
