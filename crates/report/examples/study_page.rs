//! Writes the page, figures and tables of a made-up study into a folder, for viewing and for `.ci/page.py`:
//!
//! ```sh
//! cargo run -p downhill-report --example study_page -- /tmp/study
//! ```

#[path = "../tests/synthetic/mod.rs"]
mod synthetic;

use downhill_report::study;
use synthetic::Recipe;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "study".into());
    let many = Recipe {
        tasks: ["digits", "reg: auto mpg", "moons"].map(String::from).to_vec(),
        optimizers: ["sgd", "sgd:momentum=0.9", "adam", "adamw", "rmsprop"].map(String::from).to_vec(),
        ..Recipe::small()
    };
    let wide = Recipe {
        optimizers: (0..40).map(|number| format!("optimizer {number}")).collect(),
        seeds: 50,
        tuning_seeds: 1,
        configurations: 5,
        ..Recipe::small()
    };
    let hostile = Recipe {
        tasks: vec!["</script><script>alert(1)</script> a_b & 50%, \"x\"".into()],
        optimizers: vec!["<b>bold</b>_a&b,\"c\"".into(), "b\\{}$#^~|`@*".into()],
        ..Recipe::small()
    };
    for (name, recipe) in [("small", Recipe::small()), ("many", many), ("wide", wide), ("hostile", hostile)] {
        let place = format!("{folder}/{name}");
        std::fs::create_dir_all(format!("{place}/figures"))?;
        let given = synthetic::study(&recipe);
        let verdict = synthetic::verdict(&given);
        let timings = study::Timings::of(&given, &verdict);
        let command = format!("downhill compare {} -o sgd -o adam --seeds 20", recipe.tasks.join(" "));
        std::fs::write(format!("{place}/report.html"), study::page(&given, &verdict, &timings, &command))?;
        for (file, svg) in study::figures(&given, &verdict) {
            std::fs::write(format!("{place}/figures/{file}"), svg)?;
        }
        std::fs::write(format!("{place}/table.tex"), study::latex(&given, &verdict))?;
        std::fs::write(format!("{place}/verdict.md"), study::markdown(&given, &verdict))?;
        std::fs::write(format!("{place}/results.csv"), study::results_csv(&given))?;
        std::fs::write(format!("{place}/terminal.txt"), study::terminal(&given, &verdict, 80))?;
        println!("{place}/report.html");
    }
    Ok(())
}
