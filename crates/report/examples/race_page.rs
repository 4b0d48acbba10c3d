//! Made-up races, as pictures, GIFs and pages in a folder, for viewing and for `.ci/race.py`:
//!
//! ```sh
//! cargo run --release -p downhill-report --example race_page -- /tmp/races
//! ```

#[path = "../tests/racing/mod.rs"]
mod racing;

use downhill_report::race::{race_gif, race_page, race_png, race_svg};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "races".into());
    std::fs::create_dir_all(&folder)?;
    for (name, figure) in racing::all() {
        let began = std::time::Instant::now();
        std::fs::write(format!("{folder}/{name}.svg"), race_svg(&figure))?;
        let svg = began.elapsed();
        std::fs::write(
            format!("{folder}/{name}.html"),
            race_page(&figure, "downhill race ravine -o sgd -o adam --out races"),
        )?;
        let page = began.elapsed() - svg;
        std::fs::write(format!("{folder}/{name}.png"), race_png(&figure, 1200)?)?;
        let png = began.elapsed() - svg - page;
        std::fs::write(format!("{folder}/{name}.gif"), race_gif(&figure, 60, 800)?)?;
        let gif = began.elapsed() - svg - page - png;
        println!("{folder}/{name}: SVG {svg:.1?}, page {page:.1?}, PNG {png:.1?}, GIF {gif:.1?}");
    }
    Ok(())
}
