//! The sections of the page, in their order.

use downhill_chart::table::{number, percent};
use downhill_verdict::Study;
use downhill_verdict::study::{Dimension, Judged, Kind, Range, Varies};
use downhill_verdict::verdict::{Finding, Verdict, Weight};

use super::{picture, tables, task_heading};
use crate::html::{self, details, escape, sentence};
use crate::study::figures;
use crate::study::rows::{MOST_SENTENCES, TRAINS, caption, failed_note, trains as trains_of};
use crate::study::timings::{Timings, duration};
use crate::study::view::{View, capital, count, short};

/// A section of the page.
pub(super) struct Section {
    pub id: &'static str,
    pub title: &'static str,
    /// Reading help: one sentence.
    how: String,
    body: String,
}

impl Section {
    pub(super) fn html(&self) -> String {
        html::section(self.id, self.title, &self.how, &self.body)
    }
}

/// All sections that have something to show.
pub(super) fn all(
    study: &Study,
    verdict: &Verdict,
    views: &[View],
    timings: &Timings,
    command: &str,
    thinned: bool,
) -> Vec<Section> {
    let sections = [
        Some(answer(verdict, views)),
        curves(views, thinned),
        rates(views),
        seeds(views),
        budget(views),
        cost(views, timings),
        across(study, verdict, views),
        failures(views),
        everything(views, timings),
        Some(audit(study, &verdict.audit)),
        Some(repeat(study, timings, command)),
    ];
    sections.into_iter().flatten().collect()
}

fn answer(verdict: &Verdict, views: &[View]) -> Section {
    let mut body = String::new();
    if verdict.missing > 0 {
        let missing = count(verdict.missing, "planned trial");
        body += &format!(
            "<p class=\"note\"><strong>Unfinished.</strong> {missing} left to run: all of this may still change.</p>\n"
        );
    }
    if let Some(overall) = &verdict.overall {
        body += &format!("<div class=\"answer\"><h3>Over all tasks</h3>\n{}</div>\n", sentences(&overall.sentences));
    }
    for view in views {
        body += &format!(
            "<div class=\"answer\">{}{}<p class=\"covers\">{}</p>\n<p class=\"caption\">{}</p>\n{}{}{}</div>\n",
            task_heading(view),
            sentences(&view.verdict.sentences),
            sentence(&view.verdict.covers),
            escape(&capital(&format!("{}, the best first.", caption(view)))),
            tables::headline(view),
            failed_note(view).map_or(String::new(), |note| format!("<p class=\"caption\">{}</p>\n", escape(note))),
            trains(view),
        );
    }
    let warnings = verdict.audit.iter().filter(|finding| finding.weight == Weight::Warning).count();
    if warnings > 0 {
        let them = if warnings == 1 { "it" } else { "them" };
        body += &format!(
            "<p class=\"note\">The audit has <a href=\"#audit\">{}</a>. Read {them} before you rely on this.</p>\n",
            count(warnings, "warning")
        );
    }
    Section { id: "verdict", title: "Verdict", how: String::new(), body }
}

/// The commands that train with the settings to use.
fn trains(view: &View) -> String {
    let commands: Vec<String> = trains_of(view).iter().map(|line| escape(line)).collect();
    if commands.is_empty() {
        return String::new();
    }
    let block = format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", commands.join("\n"));
    details(TRAINS, &block)
}

fn sentences(sentences: &[String]) -> String {
    let line = |(place, text): (usize, &String)| {
        let class = if place == 0 { " class=\"lead\"" } else { "" };
        format!("<p{class}>{}</p>\n", sentence(text))
    };
    let mut lines: Vec<String> = sentences.iter().enumerate().map(line).collect();
    let rest = lines.split_off(lines.len().min(MOST_SENTENCES)).concat();
    let rest_title = format!("{} more", count(sentences.len().saturating_sub(MOST_SENTENCES), "sentence"));
    lines.concat() + &if rest.is_empty() { rest } else { details(&rest_title, &rest) }
}

fn curves(views: &[View], thinned: bool) -> Option<Section> {
    views.iter().flat_map(|view| &view.verdict.standings).any(|standing| standing.trials > 0).then_some(())?;
    let toggle = |id: &str, text: &str, pressed: bool| {
        format!("<button type=\"button\" id=\"{id}\" aria-pressed=\"{pressed}\">{text}</button>\n")
    };
    let mut body = format!(
        "<div class=\"tools\" role=\"group\" aria-label=\"Curves\">\n{}{}{}<button type=\"button\" id=\"reset\">Reset zoom</button>\n</div>\n\
         <noscript><p class=\"note\">The curves need JavaScript; the files in <code>figures</code> do not.</p></noscript>\n",
        toggle("seeds-toggle", "Every run", false),
        toggle("log-y", "Log loss", true),
        toggle("log-x", "Log steps", false),
    );
    for (place, view) in views.iter().enumerate() {
        body += &format!("{}<div class=\"charts\" data-task=\"{place}\"></div>\n", task_heading(view));
    }
    if thinned {
        body += "<p class=\"caption\">Long curves are drawn with fewer rows, evenly chosen; trials*.jsonl has them all.</p>\n";
    }
    let how = "A line is the median over the evaluation runs, one for each seed; its band is the middle half of them; a diverged run counts as \
               infinite. Drag over a part to zoom, double-click to come back; with a chart in focus the keys + − ← → and \
               Esc do the same.";
    Some(Section { id: "curves", title: "Curves", how: how.into(), body })
}

/// A picture of each task that has one.
fn pictures(views: &[View], name: &str, draw: impl Fn(&View, figures::Look) -> Option<String>) -> Option<String> {
    let pictures = views.iter().enumerate().filter_map(|(place, view)| {
        let picture = picture(&format!("{name}{place}"), |look| draw(view, look))?;
        Some(format!("{}{picture}", task_heading(view)))
    });
    Some(pictures.collect::<String>()).filter(|pictures| !pictures.is_empty())
}

fn rates(views: &[View]) -> Option<Section> {
    let body = pictures(views, "rates", figures::rates)?;
    let how = "Each dot is one tuning seed at one learning rate, lower is better. A line joins the means where only the \
               rate was searched, a ring marks what was chosen; above, a cross is a rate at which trials diverged, a \
               triangle a score beyond the picture. A wide valley is easy to tune.";
    Some(Section { id: "rates", title: "Learning rate", how: how.into(), body })
}

fn seeds(views: &[View]) -> Option<Section> {
    let mut body = String::new();
    for (place, view) in views.iter().enumerate() {
        let Some(strip) = picture(&format!("seeds{place}"), |look| figures::seeds(view, look)) else { continue };
        body += &task_heading(view);
        body += &strip;
        body += &baseline(view);
        let Some(differences) = picture(&format!("differences{place}"), |look| figures::differences(view, look)) else {
            continue;
        };
        let shown = figures::shown_pairs(view).len();
        let pairs = view.verdict.pairs.len();
        body += "<h4>Differences, seed by seed</h4>\n<p class=\"how\">At one seed all optimizers start from the same weights, so \
                 their difference there is what the optimizer makes. A dot has the colour of the one that is ahead; the \
                 line below is the interval of the mean that decides: where it misses zero, one is better.</p>\n";
        body += &differences;
        if shown < pairs {
            body += &format!("<p class=\"caption\">The first {shown} of {pairs} pairs; the table has them all.</p>\n");
        }
        body += &details("All pairs with their tests", &tables::pairs(view));
    }
    let how = "Each dot is one evaluation run: its line is the median, the diamond below the mean with its 95 % interval. At \
               the border, a cross is a run that diverged, a triangle a value beyond the picture.";
    (!body.is_empty()).then(|| Section { id: "seeds", title: "Every run", how: how.into(), body })
}

/// The result of a model that learned nothing.
fn baseline(view: &View) -> String {
    let text = match &view.task.kind {
        Kind::Classification { majority, .. } => {
            format!("Always guessing the most frequent class is right on {} of the test rows.", percent(*majority))
        }
        Kind::Regression { baseline_rmse, target } => {
            format!("Always saying the training mean of {target} has a test RMSE of {}.", number(*baseline_rmse))
        }
    };
    format!("<p class=\"caption\">{}</p>\n", escape(&text))
}

fn budget(views: &[View]) -> Option<Section> {
    let body = pictures(views, "budget", figures::budget)?;
    let how = "How low a score the best of k configurations has, had only k of them been tried: the median over which k, and \
               the middle 80 %. Where lines cross, the budget decides who looks better.";
    Some(Section { id: "budget", title: "Tuning budget", how: how.into(), body })
}

fn cost(views: &[View], timings: &Timings) -> Option<Section> {
    let mut body = String::new();
    for view in views {
        let Some(target) = view.verdict.target_val_loss else { continue };
        body += &task_heading(view);
        body += &format!(
            "<p class=\"caption\">Target: a validation loss of {}. Medians over the runs.</p>\n",
            number(target)
        );
        body += &tables::cost(view, timings);
    }
    let how = "What it takes until the validation loss is first at the target. A gradient evaluation is the unit of cost: some \
               methods need two in a step. Wall times depend on the machine and decide nothing.";
    (!body.is_empty()).then(|| Section { id: "cost", title: "Cost to the target", how: how.into(), body })
}

fn across(study: &Study, verdict: &Verdict, views: &[View]) -> Option<Section> {
    let (overall, view) = verdict.overall.as_ref().zip(views.first())?;
    let mut body = tables::overall(view, overall, &verdict.tasks);
    if let Some(profile) = picture("profile", |look| figures::profile(study, overall, look)) {
        body += "<h3>Performance profile</h3>\n<p class=\"how\">At a cost ratio of 2: the share of tasks on which the optimizer \
                 reaches the target at no more than twice the cost of the fastest. Higher is better.</p>\n";
        body += &profile;
    }
    if let Some(ranks) = picture("ranks", |look| figures::ranks(study, overall, look)) {
        body += "<h3>Mean ranks</h3>\n<p class=\"how\">A dot is the mean rank, its bar one critical difference: two optimizers are \
                 told apart if the dot of one lies beyond the bar of the other.</p>\n";
        body += &ranks;
    }
    if let Some(p) = overall.friedman_p {
        body += &format!(
            "<p class=\"caption\">That all rank alike: {} (Friedman's test).{}</p>\n",
            figures::p_words(p),
            overall
                .critical_difference
                .map_or(String::new(), |cd| format!(" Critical difference at 5 % (Nemenyi): {}.", number(cd))),
        );
    }
    if !overall.wins.is_empty() {
        body += &details("Which pairs were decided on how many tasks", &tables::wins(overall));
    }
    let how = "The AlgoPerf score is the mean over the tasks of (4 − cost ratio) / 3: 1 for the fastest on all, 0 for one four \
               times as slow.";
    Some(Section { id: "across", title: "Over all tasks", how: how.into(), body })
}

fn failures(views: &[View]) -> Option<Section> {
    let body = pictures(views, "failures", figures::failures)?;
    let how = "The coloured part of a bar is the share of the tuning trials at that learning rate whose loss became infinite or \
               not a number.";
    Some(Section { id: "failures", title: "Failures", how: how.into(), body })
}

fn everything(views: &[View], timings: &Timings) -> Option<Section> {
    let body: String =
        views.iter().map(|view| format!("{}{}", task_heading(view), tables::everything(view, timings))).collect();
    let how = "Medians with [quartiles] over the evaluation runs; a diverged run counts as the worst.";
    (!body.is_empty()).then(|| Section { id: "table", title: "All figures", how: how.into(), body })
}

fn audit(study: &Study, findings: &[Finding]) -> Section {
    let item = |finding: &Finding| {
        let about = crate::study::terminal::about(study, finding);
        let about = if about.is_empty() {
            String::new()
        } else {
            format!("<span class=\"about\">{}</span> ", escape(about.trim()))
        };
        let remedy = finding
            .remedy
            .as_ref()
            .map_or(String::new(), |remedy| format!("<p class=\"remedy\">{}</p>", sentence(remedy)));
        format!("<li>{about}{}{remedy}</li>\n", sentence(&finding.text))
    };
    let list = |weight: Weight, class: &str, title: &str| {
        let items: String = findings.iter().filter(|finding| finding.weight == weight).map(item).collect();
        if items.is_empty() {
            String::new()
        } else {
            format!("<h3>{title}</h3>\n<ul class=\"{class}\">\n{items}</ul>\n")
        }
    };
    let mut body = list(Weight::Warning, "warnings", "Warnings");
    if body.is_empty() {
        body = "<p>No warnings.</p>\n".into();
    }
    body += &list(Weight::Note, "notes", "Notes");
    let how = "What a careful reader would ask; a warning can change the verdict, and says what to do.";
    Section { id: "audit", title: "Audit", how: how.into(), body }
}

fn repeat(study: &Study, timings: &Timings, command: &str) -> Section {
    let mut body = format!(
        "<div class=\"command\"><pre tabindex=\"0\"><code>{}</code></pre><button type=\"button\" id=\"copy\">Copy</button></div>\n",
        escape(command)
    );
    body += &tables::facts("Design", &design_facts(study, timings));
    for task in &study.tasks {
        body += &format!("<h3>{}</h3>\n", escape(&task.name));
        body += &tables::facts(&task.name, &task_facts(task));
    }
    let how = "The same command gives the same figures, bit for bit, on the same kind of processor.";
    Section { id: "repeat", title: "Repeat it", how: how.into(), body }
}

fn design_facts(study: &Study, timings: &Timings) -> Vec<(String, String)> {
    let design = &study.design;
    let mut versions: Vec<&str> = study.trials.iter().map(|trial| trial.outcome.by.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let seeds = |seeds: &[u64]| {
        let all: Vec<String> = seeds.iter().map(u64::to_string).collect();
        let consecutive = seeds.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        match all.as_slice() {
            [] => "none".into(),
            [first, .., last] if consecutive && all.len() > 2 => format!("{first} to {last}"),
            _ => all.join(", "),
        }
    };
    let varies = match design.varies {
        Varies::Initialisation => "initial weights and data order".to_string(),
        Varies::Resampling => "initial weights, data order, and which rows train and validate".into(),
        Varies::Folds(folds) => format!(
            "initial weights, data order, and which rows train, validate and test: {} times {} stratified folds, tuned anew in each",
            folds.repeats, folds.folds
        ),
    };
    let mut facts = vec![("Run by".to_string(), versions.join("; "))];
    for optimizer in &study.optimizers {
        let ranges: Vec<String> = optimizer.search.iter().map(range).collect();
        let searched =
            if ranges.is_empty() { "nothing searched".into() } else { format!("searched: {}", ranges.join("; ")) };
        facts.push((optimizer.label.clone(), format!("{}; {searched}", optimizer.spec)));
    }
    let judged = match (study.searched(), design.judged, design.varies) {
        (false, ..) => "the optimizers at the settings given",
        (_, Judged::Search, _) => "optimizers with their search: what each seed's search keeps",
        (_, Judged::Fresh, _) => "optimizers with their search: what each seed's search chose, at a fresh seed",
        (_, Judged::Setting, Varies::Folds(_)) => "optimizers as tuned in each fold",
        (_, Judged::Setting, _) => "settings: those that one search chose for all seeds",
    };
    facts.push(("Judged".into(), judged.into()));
    facts.push(("Tuning seeds".into(), seeds(&design.tuning_seeds)));
    facts.push(("Evaluation seeds".into(), seeds(&design.evaluation_seeds)));
    if !design.fresh_seeds.is_empty() {
        facts.push(("Fresh seeds, for what was kept".into(), seeds(&design.fresh_seeds)));
    }
    facts.push(("Varies with the seed".into(), varies));
    if design.extensions > 0 {
        facts.push((
            "Range of the learning rate".into(),
            format!("grew {}, as a best value lay on its edge", count(design.extensions as usize, "time")),
        ));
    }
    if let Some(halving) = &design.halving {
        let rungs: Vec<String> =
            halving.rungs.iter().map(|rung| format!("{} for {} steps", rung.configurations, rung.steps)).collect();
        let cost = percent(halving.cost_share);
        facts.push((
            "Successive halving".into(),
            format!("{}; {cost} of the updates without it", rungs.join(", then ")),
        ));
    }
    let wall: f64 = timings.entries.iter().map(|entry| entry.tuning_seconds + entry.evaluation_seconds).sum();
    if wall > 0.0 {
        facts.push(("Wall time of all trials".into(), duration(wall)));
    }
    facts.retain(|(_, text)| !text.is_empty());
    facts
}

fn range(dimension: &Dimension) -> String {
    match &dimension.range {
        Range::Numbers { low, high, scale } => {
            let scale = match scale {
                downhill_spec::Scale::Linear => "evenly",
                downhill_spec::Scale::Log => "evenly in the logarithm",
                downhill_spec::Scale::LogOneMinus => "evenly in the logarithm of 1 minus the value",
            };
            format!("{} from {} to {}, {scale}", dimension.key, short(*low), short(*high))
        }
        Range::Choices(choices) => format!("{} one of {}", dimension.key, choices.join(", ")),
    }
}

fn task_facts(task: &downhill_verdict::study::TaskFacts) -> Vec<(String, String)> {
    let rows = format!(
        "{} train, {} validate, {} test (split seed {})",
        task.train_rows, task.val_rows, task.test_rows, task.split_seed
    );
    let kind = match &task.kind {
        Kind::Classification { classes, .. } => format!("{} classes", classes),
        Kind::Regression { target, .. } => format!("the number {target}"),
    };
    let noise = if task.label_noise > 0.0 {
        format!("{} of the training labels are wrong on purpose", percent(task.label_noise))
    } else {
        String::new()
    };
    let mut facts = vec![
        ("Predicts".to_string(), kind),
        ("Rows".into(), rows),
        ("Label noise".into(), noise),
        ("Network".into(), format!("{}, {}", task.network, count(task.parameters, "parameter"))),
        ("Loss".into(), task.loss.clone()),
        ("Batch".into(), task.batch_size.clone()),
        ("Steps".into(), task.steps.to_string()),
        ("Learning rate's course".into(), task.schedule.clone()),
        ("SHA-256 of the data".into(), task.fingerprint.clone()),
    ];
    facts.extend(task.notes.iter().map(|note| ("Note".to_string(), note.clone())));
    facts.retain(|(_, text)| !text.is_empty());
    facts
}
