//! `downhill probe`.

use crate::cli::Probe as Args;
use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::probe::folder::{self, PAGE, RECORD};
use crate::probe::{draw, tell};
use crate::progress::{Progress, monitor};
use crate::terminal::{command, print, say};
use downhill_optim::Registry;
use downhill_run::Run;
use downhill_run::folder::PROBE;
use downhill_run::measure::{Effort, measure};
use downhill_run::open::Which;
use downhill_run::path::Repetition;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

/// Limits on the eigenvalues and on the points a side, beyond which a page is of no use.
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
    let which = match args.weights.as_str() {
        "last" => Which::Last,
        "best" => Which::Best,
        other => return Err(Failure::usage(format!("--weights is `{other}`; there are: last, best"))),
    };
    let subject = Run::open(&args.run)?.subject(which, args.seed, registry, threads, args.path)?;
    let out = args.out.clone().unwrap_or_else(|| args.run.join(PROBE));
    folder::check(&out)?;
    let all = subject.ready.data.train.rows();
    if args.rows < all {
        talk(&format!("note: measured on {} of {all} training rows; --rows sets how many", args.rows));
    }
    let monitor = monitor();
    let journey = match args.path {
        false => None,
        true => {
            let repetition = Repetition::of(&subject);
            let progress = Progress::start(repetition.session(), &monitor, args.quiet);
            let path = repetition.run(&monitor);
            drop(progress);
            Some(path?)
        }
    };
    if journey.as_ref().is_some_and(|path| !path.arrived) {
        talk("warning: the repeated run did not end at the same weights; the path is that of a similar run");
    }
    let effort =
        Effort { top: args.top, rows: args.rows, points: args.points, slices: args.slices, threads, monitor: &monitor };
    let found = measure(&effort, &subject, journey.as_ref())?;
    if !found.spectrum.converged {
        talk("warning: the search for eigenvalues ended before it converged; a larger one may be missing");
    }
    let record = tell::record(&subject, &found);
    let json = serde_json::to_string_pretty(&record).map_err(Failure::run)? + "\n";
    let mut files = draw::files(&draw::figure(args, &subject, &found), &command());
    files.push((RECORD, json.clone().into_bytes()));
    if monitor.interrupt.load(Ordering::Relaxed) {
        return Err(downhill_run::Error::Interrupted.into());
    }
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
