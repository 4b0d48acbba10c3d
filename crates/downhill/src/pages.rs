//! The pages on optimizers in `docs/optimizers`, made from the same tables and equations as the program's lists.

use downhill_optim::kinship::KINSHIP;
use downhill_optim::{About, Door, Registry};
use downhill_spec::{Scale, show_number};
use std::fmt::Write;

/// The equations and remarks of an optimizer: the module documentation at the head of its source file, as Markdown.
pub fn equations(about: &About) -> String {
    let lines = about.doc.lines().map_while(|line| line.strip_prefix("//!"));
    let text: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    text.join("\n").trim().to_string()
}

/// The page of one optimizer.
pub fn page(about: &About) -> String {
    let mut out = format!("# {}\n\n{}.\n\n", about.name, sentence(about.summary));
    let _ = writeln!(out, "*{}. {}.*\n", door(about.door), about.source);
    let equations = equations(about);
    if !equations.is_empty() {
        let _ = writeln!(out, "{}\n", without_links(&equations));
    }
    out.push_str("| key | symbol | default | legal | searched | meaning |\n|---|---|---|---|---|---|\n");
    for p in &about.parameters {
        let searched = p.search.map_or(String::new(), |s| {
            let scale = match s.scale {
                Scale::Linear => "",
                Scale::Log => ", log",
                Scale::LogOneMinus => ", log of 1 − x",
            };
            format!("{} to {}{scale}", show_number(s.low), show_number(s.high))
        });
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {searched} | {} |",
            p.name,
            p.symbol,
            p.show(p.default),
            p.legal,
            p.meaning.replace('|', "\\|")
        );
    }
    if about.nature.wraps {
        out.push_str("| `base` | | sgd | an optimizer | | the one under it; `base.KEY` sets its keys |\n");
    }
    let needs = needs(about);
    if !needs.is_empty() {
        let _ = writeln!(out, "\nNeeds {}.", needs.join("; "));
    }
    let _ = writeln!(out, "\n    downhill {}", example(about));
    out
}

/// The index page: all optimizers, and their family tree.
pub fn index(registry: &Registry) -> String {
    let mut out = String::from(
        "# Optimizers\n\nOne page each, made from the source: the equations are the module documentation of the file that \
         holds the code,\nthe tables are those that the command line reads. [Where optimizers of one name differ](differences.md) \
         compares PyTorch,\noptax, Keras and the papers. `downhill list optimizers NAME` prints a page.\n\n\
         | name | | what it does | source |\n|---|---|---|---|\n",
    );
    for about in registry.entries() {
        let _ = writeln!(
            out,
            "| [{}]({}.md) | {} | {} | {} |",
            about.name,
            about.name,
            door(about.door),
            about.summary,
            about.source
        );
    }
    out.push_str("\n## The family: what each adds to what\n\n```text\n");
    let roots: Vec<_> = KINSHIP.iter().filter(|k| k.parent.is_none()).collect();
    for root in roots {
        let _ = writeln!(out, "{}: {}", root.name, root.adds);
        branch(&mut out, root.name, "");
    }
    out.push_str("```\n");
    out
}

/// The children of `parent` as a tree.
fn branch(out: &mut String, parent: &str, indent: &str) {
    let children: Vec<_> = KINSHIP.iter().filter(|k| k.parent == Some(parent)).collect();
    for (i, child) in children.iter().enumerate() {
        let last = i + 1 == children.len();
        let _ = writeln!(out, "{indent}{} {}: {}", if last { "└─" } else { "├─" }, child.name, child.adds);
        branch(out, child.name, &format!("{indent}{} ", if last { "  " } else { "│ " }));
    }
}

fn door(door: Door) -> &'static str {
    match door {
        Door::Rule => "Rule",
        Door::MatrixRule => "Matrix rule",
        Door::Method => "Method",
    }
}

fn needs(about: &About) -> Vec<String> {
    let nature = about.nature;
    let mut needs = Vec::new();
    if nature.full_batch {
        needs.push("full batches (`--batch-size full`)".to_string());
    }
    if nature.exact_gradient {
        needs.push("the loss's own gradient: no clipping, and no `sam` around it".to_string());
    }
    if nature.keeps_position {
        needs.push("that nobody else moves its parameters: no `lookahead` around it".to_string());
    }
    if nature.squares {
        needs.push("a loss that is a sum of squares (`--loss mse` or `half-mse`)".to_string());
    }
    if let Some(most) = nature.parameters {
        needs.push(format!("at most {most} parameters"));
    }
    needs
}

/// A command that trains with the optimizer.
fn example(about: &About) -> String {
    let mut command = format!("train {}", if about.nature.squares { "sine" } else { "moons" });
    let _ = write!(command, " -o {}", about.name);
    if about.name == "newton" {
        command.push_str(":saddle_free=true,damping=0.01");
    }
    if about.nature.full_batch || about.nature.exact_gradient {
        command.push_str(" --batch-size full");
    }
    if about.nature.parameters.is_some() {
        command.push_str(" --hidden 8");
    }
    if about.nature.wraps {
        command.push_str(":base=adam,lr=0.01");
    }
    command
}

/// The text with links into the source's documentation as plain code.
fn without_links(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`")
}

/// The text with its first letter large.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
