//! A race of optimizers on a landscape: a picture, a moving picture, a page that plays it, and the numbers as CSV.
//!
//! [`race_svg`] and [`race_png`] give the picture, [`race_gif`] an animation of it, [`race_page`] one HTML file,
//! [`race_csv`] every step. All but the CSV are made from [`RaceFigure`], which has plain values.
//!
//! A picture shows only measured values: the plane is the given one, whatever a runner does (where a runner leaves it,
//! a mark stands at the border), contour levels are round numbers that the picture names, and a note says so where only
//! some of many starts are drawn.

mod data;
mod layout;
mod page;
mod paths;
mod plane;
mod raster;
mod steps;
#[cfg(test)]
mod tests;

pub use layout::race_svg;
pub use page::race_page;
pub use raster::{PictureError, race_gif, race_png};
pub use steps::{CsvRow, race_csv};

/// A race: the landscape and each optimizer's paths on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RaceFigure {
    /// Heading of the picture, such as "A ravine".
    pub title: String,
    /// A line below it; may be empty.
    pub subtitle: String,
    /// Name of the first coordinate.
    pub x_label: String,
    /// Name of the second coordinate.
    pub y_label: String,
    /// Left and right end of the plane.
    pub x_range: (f64, f64),
    /// Lower and upper end of the plane.
    pub y_range: (f64, f64),
    /// Points a side, at least 2, such as 201. They lie from end to end: column `i` at
    /// `x_range.0 + i / (grid - 1) * (x_range.1 - x_range.0)`, rows alike.
    pub grid: usize,
    /// The loss at those points, `[grid * grid]`, row 0 at the lower end of `y_range`. NaN where there is none, which
    /// the picture hatches. With another length, as for a landscape of more than two dimensions, there is no plane, and
    /// the picture has only loss curves.
    pub values: Vec<f64>,
    /// The known minima: x, y and loss.
    pub minima: Vec<(f64, f64, f64)>,
    /// The largest distance of a path's end from a minimum that counts as reached, in the landscape's unit.
    pub reach: f64,
    /// The optimizers, in the order of the legend.
    pub runners: Vec<RunnerTrace>,
    /// The best known loss. Loss curves show the loss minus this on a logarithmic axis; without it, or if a runner
    /// comes below it, the loss on a linear axis.
    pub loss_floor: Option<f64>,
    /// The minima reached from starts all over the plane.
    pub basins: Option<Basins>,
}

/// One optimizer, from one start or many.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunnerTrace {
    /// The name in the legend, such as `adam:lr=0.1`.
    pub label: String,
    /// One trace for each start; start `k` is the same place for all runners.
    pub traces: Vec<WalkTrace>,
}

/// The path of one optimizer from one start. All lists begin with step 0, the start itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WalkTrace {
    /// Its place after each step. Empty on a landscape of more than two dimensions.
    pub points: Vec<(f64, f64)>,
    /// The loss there.
    pub losses: Vec<f64>,
    /// The norm of the gradient there; NaN, or a list that ends early, where it wasn't measured.
    pub grad_norms: Vec<f64>,
    /// The reason for its end, in a few words, such as "all steps done".
    pub ended: String,
    /// Whether it went to infinity or NaN.
    pub diverged: bool,
    /// The place in [`RaceFigure::minima`] of the minimum that it reached.
    pub minimum: Option<usize>,
}

/// For each cell of the plane and each runner, the minimum reached from the middle of that cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basins {
    /// Cells a side.
    pub grid: usize,
    /// For each runner `[grid * grid]` places in [`RaceFigure::minima`], row 0 at the lower end of `y_range`; `None`
    /// where no minimum was reached. A runner with another number of cells has no picture.
    pub runners: Vec<Vec<Option<u8>>>,
}

impl RaceFigure {
    /// Whether there is a plane to draw: two ranges with a length, and a value for each point.
    fn has_plane(&self) -> bool {
        let sound = |(low, high): (f64, f64)| {
            let longest = low.abs().max(high.abs());
            longest < 1e100 && high - low > 1e-9 * longest
        };
        let all = self.grid.checked_mul(self.grid) == Some(self.values.len());
        self.grid >= 2 && all && sound(self.x_range) && sound(self.y_range)
    }

    /// The last step of the longest trace.
    fn last_step(&self) -> usize {
        self.runners.iter().flat_map(|runner| &runner.traces).map(WalkTrace::last_step).max().unwrap_or(0)
    }

    /// The number subtracted from losses before they are drawn on a logarithmic axis, if they can be.
    fn floor(&self) -> Option<f64> {
        /// A runner this far below the best known loss, as a share of the first losses, is at it but for rounding.
        const ROUNDING: f64 = 1e-9;
        let floor = self.loss_floor.filter(|floor| floor.is_finite())?;
        let traces = || self.runners.iter().flat_map(|runner| &runner.traces);
        let firsts = traces().filter_map(|trace| trace.losses.first()).map(|loss| (loss - floor).abs());
        let slack = ROUNDING * firsts.filter(|size| size.is_finite()).fold(floor.abs().min(1.0), f64::max);
        let below = |&loss: &f64| loss < floor - slack;
        let any_above = traces().flat_map(|trace| &trace.losses).any(|&loss| loss > floor && loss.is_finite());
        (any_above && !traces().flat_map(|trace| &trace.losses).any(below)).then_some(floor)
    }

    /// The quantity of the loss curves; empty if it is the loss itself.
    fn loss_label(&self) -> String {
        match self.floor() {
            Some(floor) if floor != 0.0 => {
                format!("above the best known, {}", downhill_chart::table::number(floor).replace('-', "−"))
            }
            _ => String::new(),
        }
    }
}

impl WalkTrace {
    /// The last step that was done.
    fn last_step(&self) -> usize {
        self.losses.len().max(self.points.len()).saturating_sub(1)
    }
}

/// The starts that are drawn: evenly chosen, so that there are at most `most_traces` paths in all, the first start
/// among them.
///
/// Gives the places in the list of starts, the same for all runners.
fn drawn_starts(figure: &RaceFigure, most_traces: usize) -> Vec<usize> {
    let starts = figure.runners.iter().map(|runner| runner.traces.len()).max().unwrap_or(0);
    let most = (most_traces / figure.runners.len().max(1)).max(1);
    let shown = starts.min(most);
    (0..shown).map(|place| place * starts / shown).collect()
}
