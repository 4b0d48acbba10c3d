//! Colours that stay apart for colour-blind readers, on a painted white ground.
//!
//! The first six are those of Okabe and Ito (2008) without yellow, invisible on white paper, and black, the colour of
//! our text; the others are from Tol's muted scheme (2021) and grey.

/// Colours of curves and classes, in order of use.
pub const COLOURS: [&str; 10] = [
    "#0072b2", // blue
    "#d55e00", // vermillion
    "#009e73", // bluish green
    "#cc79a7", // reddish purple
    "#e69f00", // orange
    "#56b4e9", // sky blue
    "#4d4d4d", // grey
    "#882255", // wine
    "#332288", // indigo
    "#8a8a2e", // olive
];

/// Ground of every picture, so that it reads the same in light and dark viewers.
pub const PAPER: &str = "#ffffff";
/// Titles and marks.
pub const INK: &str = "#1f2933";
/// Labels and explanations.
pub const MUTED: &str = "#52606d";
/// The line on which a plot stands.
pub const AXIS: &str = "#9aa5b1";
/// Lines behind the data.
pub const GRID: &str = "#e3e7ec";
/// Lines between the grid lines, on logarithmic axes.
pub const FAINT_GRID: &str = "#f4f6f8";

/// The colour of a group of curves or of a class; after the last one they begin again.
pub fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

/// How often the colours have begun again, which decides the shape of the marks on such curves.
pub fn round(index: usize) -> usize {
    index / COLOURS.len()
}

/// A colour of this module (`#rrggbb`) laid over white with a strength of 0 to 1, as bytes of red, green and blue.
pub fn over_white(colour: &str, strength: f64) -> [u8; 3] {
    let digits = u32::from_str_radix(colour.trim_start_matches('#'), 16).unwrap_or(0);
    let [_, red, green, blue] = digits.to_be_bytes();
    [red, green, blue].map(|channel| {
        let white = f64::from(u8::MAX);
        (white + strength.clamp(0.0, 1.0) * (f64::from(channel) - white)).round() as u8
    })
}
