//! `judge` on studies that are made up, so that the truth is known.

mod audit;
mod choice;
mod merged;
mod overall;
mod pairs;
mod properties;
mod searches;
mod standings;
mod studies;
mod synthetic;
