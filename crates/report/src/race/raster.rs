//! The picture as PNG, and its animation as GIF.
//!
//! Letters are drawn with a font of ours (`assets/dejavu`), so that a picture is the same on every machine.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use color_quant::NeuQuant;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::RaceFigure;
use super::layout::{RaceSheet, race_svg};

const REGULAR: &[u8] = include_bytes!("../../assets/dejavu/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/dejavu/DejaVuSans-Bold.ttf");
const FONT: &str = "DejaVu Sans";

/// Widths of pictures in pixels.
const WIDTHS: std::ops::RangeInclusive<u32> = 64..=8192;
/// An animation has at most this many frames.
const MOST_FRAMES: usize = 80;
/// Duration of frames, in hundredths of a second: the first, each other, the last.
const HOLD: [u16; 3] = [60, 8, 300];
/// Colours of an animation; one more stands for "as before".
const COLOURS: usize = 255;
const AS_BEFORE: u8 = 255;
/// This many of them are exactly the most frequent ones, so that large areas keep their colour.
const EXACT: usize = 120;

/// Why there is no picture.
#[derive(Debug)]
#[non_exhaustive]
pub enum PictureError {
    /// The width is not within 64 to 8192 pixels.
    Width(u32),
    /// The picture has no or too many pixels.
    Size,
    /// The SVG can't be read: a fault of ours.
    Svg(resvg::usvg::Error),
    /// The PNG can't be written.
    Png(png::EncodingError),
    /// The GIF can't be written.
    Gif(gif::EncodingError),
}

impl fmt::Display for PictureError {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Width(width) => {
                write!(formatter, "a picture is {} to {} pixels wide, not {width}", WIDTHS.start(), WIDTHS.end())
            }
            Self::Size => write!(formatter, "the picture has no or too many pixels"),
            Self::Svg(error) => write!(formatter, "the picture can't be drawn: {error}"),
            Self::Png(error) => write!(formatter, "the PNG can't be written: {error}"),
            Self::Gif(error) => write!(formatter, "the GIF can't be written: {error}"),
        }
    }
}

impl std::error::Error for PictureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Width(_) | Self::Size => None,
            Self::Svg(error) => Some(error),
            Self::Png(error) => Some(error),
            Self::Gif(error) => Some(error),
        }
    }
}

/// The picture of [`race_svg`] as a PNG, `width` pixels wide.
///
/// # Errors
///
/// [`PictureError::Width`] for a width beyond 64 to 8192 pixels.
pub fn race_png(figure: &RaceFigure, width: u32) -> Result<Vec<u8>, PictureError> {
    let picture = draw(&race_svg(figure), width)?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(PictureError::Png)?;
    writer.write_image_data(&colours(&picture).concat()).map_err(PictureError::Png)?;
    writer.finish().map_err(PictureError::Png)?;
    Ok(bytes)
}

/// The picture with moving runners and growing loss curves, as a GIF in an endless loop, `width` pixels wide.
///
/// It has one frame for each of at most `frames` steps (2 to 80). Where there are more steps, frames are closer at the
/// beginning, where most happens: frame `k` of `n` shows step `last * (k / n)²`; each shows the number of its step.
///
/// # Errors
///
/// [`PictureError::Width`] for a width beyond 64 to 8192 pixels.
pub fn race_gif(figure: &RaceFigure, frames: usize, width: u32) -> Result<Vec<u8>, PictureError> {
    let sheet = RaceSheet::new(figure);
    let steps = steps(figure.last_step(), frames.clamp(2, MOST_FRAMES));
    let moments: Vec<String> = steps.iter().map(|&step| sheet.moment(step)).collect();
    let ground = draw(&sheet.finish(), width)?;

    let frame = |moment: &String| {
        let mut picture = ground.clone();
        over(moment, &mut picture)?;
        Ok(colours(&picture))
    };
    // The first and the last picture have all colours: the last all paths, and the first their ends on the ground.
    let mut samples = Vec::new();
    for moment in [moments.first(), moments.last()].into_iter().flatten() {
        samples.extend(frame(moment)?);
    }
    let mut palette = Palette::of(&samples);

    let size = |pixels: u32| u16::try_from(pixels).map_err(|_| PictureError::Size);
    let (wide, high) = (size(ground.width())?, size(ground.height())?);
    let mut bytes = Vec::new();
    let mut encoder =
        gif::Encoder::new(&mut bytes, wide, high, &palette.colours.concat()).map_err(PictureError::Gif)?;
    encoder.set_repeat(gif::Repeat::Infinite).map_err(PictureError::Gif)?;
    let mut before: Vec<u8> = Vec::new();
    for (place, moment) in moments.iter().enumerate() {
        let pixels: Vec<u8> = frame(moment)?.into_iter().map(|colour| palette.place(colour)).collect();
        let mut next = changed(&before, &pixels, usize::from(wide));
        next.delay = HOLD[if place == 0 {
            0
        } else if place + 1 < moments.len() {
            1
        } else {
            2
        }];
        encoder.write_frame(&next).map_err(PictureError::Gif)?;
        before = pixels;
    }
    drop(encoder);
    Ok(bytes)
}

/// The steps of the frames.
fn steps(last: usize, frames: usize) -> Vec<usize> {
    if last < frames {
        return (0..=last).collect();
    }
    let step = |frame: usize| {
        let part = frame as f64 / (frames - 1) as f64;
        ((last as f64 * part * part).round() as usize).max(frame).min(last)
    };
    (0..frames).map(step).collect()
}

/// The smallest rectangle around all changes, with "as before" where nothing changed.
fn changed(before: &[u8], now: &[u8], wide: usize) -> gif::Frame<'static> {
    let rows = now.len() / wide;
    let differs = |place: usize| before.get(place) != Some(&now[place]);
    let row_differs = |&row: &usize| (row * wide..(row + 1) * wide).any(differs);
    let column_differs = |&column: &usize| (0..rows).any(|row| differs(row * wide + column));
    let top = (0..rows).find(row_differs).unwrap_or(0);
    let bottom = (0..rows).rfind(row_differs).unwrap_or(0);
    let left = (0..wide).find(column_differs).unwrap_or(0);
    let right = (0..wide).rfind(column_differs).unwrap_or(0);
    let places = (top..=bottom).flat_map(|row| (left..=right).map(move |column| row * wide + column));
    let buffer: Vec<u8> = places.map(|place| if differs(place) { now[place] } else { AS_BEFORE }).collect();
    gif::Frame {
        left: left as u16,
        top: top as u16,
        width: (right - left + 1) as u16,
        height: (bottom - top + 1) as u16,
        transparent: Some(AS_BEFORE),
        dispose: gif::DisposalMethod::Keep,
        buffer: buffer.into(),
        ..gif::Frame::default()
    }
}

/// The colours of all frames.
struct Palette {
    /// [`COLOURS`] of them, and one that is never seen.
    colours: Vec<[u8; 3]>,
    places: HashMap<[u8; 3], u8>,
}

impl Palette {
    /// The most frequent colours, and some that stand for the others.
    fn of(pixels: &[[u8; 3]]) -> Self {
        let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
        for &colour in pixels {
            *counts.entry(colour).or_default() += 1;
        }
        let mut by_count: Vec<([u8; 3], usize)> = counts.into_iter().collect();
        // Equal counts in the order of colours, so that a figure always gives the same bytes.
        by_count.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let exact = if by_count.len() <= COLOURS { COLOURS } else { EXACT };
        let mut colours: Vec<[u8; 3]> = by_count.iter().take(exact).map(|(colour, _)| *colour).collect();
        // Thin lines must count beside areas: weights are roots of counts.
        let rest = by_count.iter().skip(exact);
        let weighted = rest.flat_map(|&([red, green, blue], count)| {
            std::iter::repeat_n([red, green, blue, 255], (count as f64).sqrt().ceil() as usize)
        });
        let weighted: Vec<[u8; 4]> = weighted.collect();
        if !weighted.is_empty() {
            let chosen = NeuQuant::new(1, COLOURS - exact, &weighted.concat()).color_map_rgb();
            colours.extend(chosen.chunks_exact(3).map(|colour| [colour[0], colour[1], colour[2]]));
        }
        colours.resize(COLOURS + 1, [0; 3]);
        Self { colours, places: HashMap::new() }
    }

    /// The place of the nearest colour.
    fn place(&mut self, colour: [u8; 3]) -> u8 {
        let colours = &self.colours;
        *self.places.entry(colour).or_insert_with(|| {
            let away = |other: &[u8; 3]| {
                colour.iter().zip(other).map(|(&a, &b)| (i32::from(a) - i32::from(b)).pow(2)).sum::<i32>()
            };
            let nearest = colours[..COLOURS].iter().enumerate().min_by_key(|(_, other)| away(other));
            nearest.map_or(0, |(place, _)| place as u8)
        })
    }
}

/// Red, green and blue of a picture without any transparent pixel.
fn colours(picture: &Pixmap) -> Vec<[u8; 3]> {
    picture.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect()
}

/// A document on white.
fn draw(svg: &str, width: u32) -> Result<Pixmap, PictureError> {
    if !WIDTHS.contains(&width) {
        return Err(PictureError::Width(width));
    }
    let tree = read(svg)?;
    let height = (width as f32 * tree.size().height() / tree.size().width()).ceil();
    let mut picture = Pixmap::new(width, height as u32).ok_or(PictureError::Size)?;
    picture.fill(resvg::tiny_skia::Color::WHITE);
    render(&tree, &mut picture);
    Ok(picture)
}

/// Draws a document over a picture.
fn over(svg: &str, picture: &mut Pixmap) -> Result<(), PictureError> {
    render(&read(svg)?, picture);
    Ok(())
}

fn render(tree: &Tree, picture: &mut Pixmap) {
    let scale = picture.width() as f32 / tree.size().width();
    resvg::render(tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
}

fn read(svg: &str) -> Result<Tree, PictureError> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(BOLD.to_vec());
        fonts.set_sans_serif_family(FONT);
        Arc::new(fonts)
    });
    let options = Options { fontdb: fonts.clone(), font_family: FONT.into(), ..Options::default() };
    Tree::from_str(svg, &options).map_err(PictureError::Svg)
}
