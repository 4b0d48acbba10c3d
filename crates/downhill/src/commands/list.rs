//! `downhill list`.

use crate::cli::{List, What};
use crate::failure::{Failure, OrUsage, Outcome};
use crate::pages;
use crate::terminal::{print, print_json};
use downhill_chart::table::{Align, Table};
use downhill_data::{Entry, Origin, catalog};
use downhill_model::{Activation, Init, Loss};
use downhill_optim::{Registry, Schedule};
use downhill_spec::{Choice, Parameter};
use serde::Serialize;
use serde_json::json;
use std::process::ExitCode;

/// Something with a name, a formula or summary, and parameters.
#[derive(Serialize)]
struct Item {
    name: String,
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    parameters: Vec<Parameter>,
    /// Whether it wraps another optimizer (`base=`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    wraps: bool,
}

/// Prints the list asked for.
pub fn run(args: &List, registry: &Registry) -> Outcome<ExitCode> {
    if let Some(name) = &args.name {
        return one(args, name, registry);
    }
    match args.what {
        What::Optimizers => {
            let entries = registry.entries().map(|e| Item {
                name: e.name.into(),
                summary: e.summary.into(),
                source: Some(e.source.into()),
                parameters: e.parameters.clone(),
                wraps: e.nature.wraps,
            });
            show(args.json, "optimizers", entries.collect())
        }
        What::Schedules => show(args.json, "schedules", choices(Schedule::all())),
        What::Activations => show(args.json, "activations", choices(Activation::all())),
        What::Initialisers => show(args.json, "initialisers", choices(Init::all())),
        What::Losses => {
            let items = Loss::ALL.iter().map(|(loss, formula)| Item {
                name: loss.to_string(),
                summary: (*formula).into(),
                source: None,
                parameters: Vec::new(),
                wraps: false,
            });
            show(args.json, "losses", items.collect())
        }
        What::Landscapes => {
            let items = downhill_landscape::entries().iter().map(|entry| Item {
                name: entry.name.into(),
                summary: format!("{}: {}", entry.formula, entry.shows),
                source: Some(entry.source.into()),
                parameters: entry.parameters.to_vec(),
                wraps: false,
            });
            show(args.json, "landscapes", items.collect())
        }
        What::Experiments => {
            let items = downhill_reproduce::all().iter().map(|experiment| Item {
                name: experiment.name.into(),
                summary: format!("{}: {}", experiment.title, experiment.says),
                source: Some(experiment.source.into()),
                parameters: Vec::new(),
                wraps: false,
            });
            show(args.json, "experiments", items.collect())
        }
        What::Datasets => datasets(args.json, &catalog()),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The page of one optimizer.
fn one(args: &List, name: &str, registry: &Registry) -> Outcome<ExitCode> {
    if !matches!(args.what, What::Optimizers) {
        return Err(Failure::usage(format!("a name, here `{name}`, goes with `list optimizers` only")));
    }
    let spec = registry.parse(name).or_usage()?;
    let about = spec.about();
    if args.json {
        print_json(&json!({
            "name": about.name,
            "summary": about.summary,
            "source": about.source,
            "door": about.door,
            "parameters": about.parameters,
            "page": pages::equations(about),
        }))?;
    } else {
        print(&pages::page(about))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn choices(all: impl Iterator<Item = (Choice<'static>, &'static str)>) -> Vec<Item> {
    all.map(|(choice, formula)| Item {
        name: choice.name.into(),
        summary: formula.into(),
        source: None,
        parameters: choice.parameters.to_vec(),
        wraps: false,
    })
    .collect()
}

fn show(as_json: bool, what: &str, items: Vec<Item>) -> Outcome<()> {
    if as_json {
        return print_json(&json!({ what: items }));
    }
    let mut text = String::new();
    for item in items {
        text.push_str(&format!("{}\n    {}\n", item.name, item.summary));
        if let Some(source) = &item.source {
            text.push_str(&format!("    {source}\n"));
        }
        let mut table =
            Table { header: Vec::new(), align: vec![Align::Left, Align::Left, Align::Left], rows: Vec::new() };
        for p in &item.parameters {
            table.rows.push(vec![
                format!("    {}={}", p.name, p.show(p.default)),
                p.legal.to_string(),
                if p.symbol.is_empty() { p.meaning.into() } else { format!("{}: {}", p.symbol, p.meaning) },
            ]);
        }
        if item.wraps {
            let meaning = "the one under it; base.KEY=VALUE sets its hyperparameters";
            table.rows.push(vec!["    base=sgd".into(), "an optimizer".into(), meaning.into()]);
        }
        if !table.rows.is_empty() {
            text.push_str(&table.to_text());
            text.push('\n');
        }
        text.push('\n');
    }
    print(&text)
}

fn datasets(as_json: bool, entries: &[Entry]) -> Outcome<()> {
    if as_json {
        return print_json(&json!({ "datasets": entries }));
    }
    let mut text = String::new();
    for entry in entries {
        let classes = entry.classes.map_or(String::new(), |n| format!(", {n} classes"));
        text.push_str(&format!(
            "{}\n    {}\n    {}, {} rows, {} features{classes}\n",
            entry.name, entry.summary, entry.task, entry.rows, entry.features
        ));
        match &entry.kind {
            Origin::Generated { parameters } => {
                let mut table = Table { header: Vec::new(), align: vec![Align::Left; 3], rows: Vec::new() };
                for p in *parameters {
                    table.rows.push(vec![
                        format!("    {}={}", p.name, p.show(p.default)),
                        p.legal.to_string(),
                        p.meaning.into(),
                    ]);
                }
                text.push_str(&format!("{}\n", table.to_text()));
            }
            Origin::Real { source, licence, citation } => {
                text.push_str(&format!("    {citation}\n    source: {source}\n    licence: {licence}\n"));
            }
        }
        text.push('\n');
    }
    print(&text)
}
