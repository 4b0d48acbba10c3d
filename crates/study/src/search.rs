//! The configurations that a search tries.
//!
//! A single number, the learning rate as a rule, is tried on an even grid: one value in each of equal parts of its
//! range, on its scale; a single search takes the middles. Where each seed searches for itself one uniform number
//! shifts the grid of each replicate, so that no verdict depends on the position of one grid. Several settings take
//! scrambled Sobol points (Owen 1995; Bergstra and Bengio 2012 on why not a grid), scrambled anew for each replicate.
//! Optimizers with the same settings to search get the same points, so the same rates. Numbers are rounded to three
//! digits, as a person would write them, unless the range is too narrow for that.

use downhill_random::sobol::{Sobol, TooManyDimensions};
use downhill_random::{Purpose, Stream};
use downhill_spec::Scale;
use downhill_verdict::study::{Dimension, Range};
use downhill_verdict::trial::{Setting, Value};
use downhill_verdict::verdict::End;

/// The learning rate: the one key whose range can grow.
pub const RATE: &str = "lr";

/// The factor by which a range grows at one end.
const GROWTH: f64 = 10.0;

/// A search: its settings, its number of configurations, and the growth of the learning rate's range.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPlan<'a> {
    /// The varied settings; none gives a single configuration.
    pub dimensions: &'a [Dimension],
    /// Configurations before any growth.
    pub configurations: usize,
    /// Seed of the points.
    pub seed: u64,
    /// Ends at which the learning rate's range grew tenfold, in order.
    pub growth: &'a [End],
    /// The replicate whose search this is, where each seed searches for itself.
    pub replicate: Option<usize>,
}

impl SearchPlan<'_> {
    /// Every configuration by its number. More configurations, or more growth, leave the earlier ones as they were;
    /// except that on a grid another number of configurations is another grid.
    ///
    /// # Errors
    /// For more settings than Sobol points have dimensions.
    pub fn configurations(&self) -> Result<Vec<Vec<Setting>>, TooManyDimensions> {
        Ok(match self.dimensions {
            [] => vec![Vec::new()],
            [Dimension { key, range: Range::Choices(choices) }] => {
                let one = |choice: &String| vec![Setting { key: key.clone(), value: Value::Text(choice.clone()) }];
                choices.iter().take(self.configurations.max(1)).map(one).collect()
            }
            [only] => {
                let within = self.place_within_a_part();
                let even = |range: &Range, n: usize| -> Vec<Vec<Setting>> {
                    let all = |rounded: bool| -> Vec<Vec<Setting>> {
                        let one = |k: usize| setting(&only.key, range, (k as f64 + within) / n as f64, rounded);
                        (0..n).map(|k| vec![one(k)]).collect()
                    };
                    let rounded = all(true);
                    if rounded.windows(2).any(|pair| pair[0] == pair[1]) { all(false) } else { rounded }
                };
                let mut all = even(&only.range, self.configurations);
                for range in self.grown(only) {
                    all.extend(even(&range, self.of_growth(&only.range)));
                }
                all
            }
            several => {
                let sobol = Sobol::new(several.len(), self.scramble())?;
                let point = |index: usize, rate: Option<&Range>| -> Vec<Setting> {
                    let place = |(dimension, u): (&Dimension, f64)| {
                        let range = rate.filter(|_| dimension.key == RATE).unwrap_or(&dimension.range);
                        setting(&dimension.key, range, u, true)
                    };
                    several.iter().zip(sobol.point(index as u64)).map(place).collect()
                };
                let mut all: Vec<_> = (0..self.configurations).map(|index| point(index, None)).collect();
                if let Some(rate) = several.iter().find(|d| d.key == RATE) {
                    for range in self.grown(rate) {
                        for _ in 0..self.of_growth(&rate.range) {
                            all.push(point(all.len(), Some(&range)));
                        }
                    }
                }
                all
            }
        })
    }

    /// The place of the value within each of the equal parts of a range, from 0 to 1.
    fn place_within_a_part(&self) -> f64 {
        self.searching().map_or(0.5, |replicate| self.stream(replicate).uniform())
    }

    /// The seed of the points.
    fn scramble(&self) -> u64 {
        self.searching().map_or(self.seed, |replicate| self.stream(replicate).bits())
    }

    /// The replicate, if it has several configurations; a single configuration is the same for all replicates.
    fn searching(&self) -> Option<usize> {
        self.replicate.filter(|_| self.configurations > 1)
    }

    fn stream(&self, replicate: usize) -> Stream {
        Stream::new(self.seed, Purpose::Replicates, replicate as u64)
    }

    /// The ranges that growth added to this dimension, in order; only the learning rate grows.
    fn grown(&self, dimension: &Dimension) -> Vec<Range> {
        let (mut ranges, mut whole) = (Vec::new(), dimension.range.clone());
        for &end in self.growth.iter().filter(|_| dimension.key == RATE) {
            let Range::Numbers { low, high, scale } = whole else { break };
            let (added, grown) = match end {
                End::Lower => ((low / GROWTH, low), (low / GROWTH, high)),
                End::Upper => ((high, high * GROWTH), (low, high * GROWTH)),
            };
            ranges.push(Range::Numbers { low: added.0, high: added.1, scale });
            whole = Range::Numbers { low: grown.0, high: grown.1, scale };
        }
        ranges
    }

    /// Configurations for each growth: as dense as before, and at most as many as in the first range.
    fn of_growth(&self, range: &Range) -> usize {
        let Range::Numbers { low, high, .. } = range else { return 0 };
        let decades = (high / low).log10();
        // A narrow range grows by far more than its own width.
        ((self.configurations as f64 / decades).round() as usize).clamp(1, self.configurations.max(1))
    }
}

/// The range of a dimension after growth.
pub fn grown_range(dimension: &Dimension, growth: &[End]) -> Dimension {
    let mut dimension = dimension.clone();
    if let (RATE, Range::Numbers { low, high, .. }) = (dimension.key.as_str(), &mut dimension.range) {
        for end in growth {
            match end {
                End::Lower => *low /= GROWTH,
                End::Upper => *high *= GROWTH,
            }
        }
    }
    dimension
}

/// The value at `u` in `[0, 1)` of a range.
fn setting(key: &str, range: &Range, u: f64, rounded: bool) -> Setting {
    let value = match range {
        Range::Choices(choices) => {
            let at = (u * choices.len() as f64) as usize;
            Value::Text(choices[at.min(choices.len() - 1)].clone())
        }
        Range::Numbers { low, high, scale } => {
            let exact = match scale {
                Scale::Linear => low + u * (high - low),
                Scale::Log => between(*low, *high, u),
                Scale::LogOneMinus => 1.0 - between(1.0 - high, 1.0 - low, 1.0 - u),
            };
            // Rounding must not leave the range, whose ends are known to be legal.
            let value = if rounded { three_digits(exact) } else { exact };
            Value::Number(value.clamp(*low, *high))
        }
    };
    Setting { key: key.into(), value }
}

/// Between `low` and `high` in the logarithm.
fn between(low: f64, high: f64, u: f64) -> f64 {
    (low.ln() + u * (high.ln() - low.ln())).exp()
}

/// A number with three significant digits; one that is near 1, such as a decay, with three digits of its distance from 1.
fn three_digits(x: f64) -> f64 {
    let round = |x: f64| format!("{x:.2e}").parse().unwrap_or(x);
    if (0.5..1.0).contains(&x) {
        // 1 minus a rounded number can have a tail of its own.
        let digits = (2.0 - (1.0 - x).log10().floor()).clamp(0.0, 17.0) as usize;
        format!("{:.digits$}", 1.0 - round(1.0 - x)).parse().unwrap_or(x)
    } else {
        round(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(low: f64, high: f64) -> Dimension {
        Dimension { key: RATE.into(), range: Range::Numbers { low, high, scale: Scale::Log } }
    }

    fn numbers(configurations: &[Vec<Setting>], key: &str) -> Vec<f64> {
        let number = |setting: &Setting| match setting.value {
            Value::Number(x) => x,
            Value::Text(_) => f64::NAN,
        };
        configurations.iter().map(|c| c.iter().find(|s| s.key == key).map_or(f64::NAN, number)).collect()
    }

    #[test]
    fn a_rate_alone_is_an_even_grid_that_grows_as_dense_as_it_was() {
        let dimensions = [rate(1e-4, 10.0)];
        let search = SearchPlan { dimensions: &dimensions, configurations: 10, seed: 0, growth: &[], replicate: None };
        let rates = numbers(&search.configurations().unwrap(), RATE);
        assert_eq!(rates[..4], [1.78e-4, 5.62e-4, 1.78e-3, 5.62e-3]);
        assert_eq!(rates[9], 5.62);
        let growth = [End::Upper, End::Lower, End::Upper];
        let grown = numbers(&SearchPlan { growth: &growth, ..search }.configurations().unwrap(), RATE);
        assert_eq!(grown[..10], rates);
        assert_eq!(grown[10..], [17.8, 56.2, 1.78e-5, 5.62e-5, 178.0, 562.0]);
        let range = grown_range(&dimensions[0], &growth).range;
        assert!(matches!(range, Range::Numbers { low, high, .. } if (low - 1e-5).abs() < 1e-12 && high == 1000.0));
    }

    #[test]
    fn several_settings_are_spread_and_stay_within_their_ranges() {
        let dimensions = [
            rate(1e-4, 1.0),
            Dimension {
                key: "beta2".into(),
                range: Range::Numbers { low: 0.9, high: 0.9999, scale: Scale::LogOneMinus },
            },
            Dimension { key: "batch-size".into(), range: Range::Choices(vec!["16".into(), "64".into()]) },
        ];
        let search = SearchPlan { dimensions: &dimensions, configurations: 64, seed: 3, growth: &[], replicate: None };
        let all = search.configurations().unwrap();
        let (rates, decays) = (numbers(&all, RATE), numbers(&all, "beta2"));
        assert!(rates.iter().all(|r| (1e-4..=1.0).contains(r)) && decays.iter().all(|d| (0.9..=0.9999).contains(d)));
        // Each quarter of the rate's range has a quarter of the points, half of the decays are below the middle.
        assert_eq!(rates.iter().filter(|r| **r < 1e-3).count(), 16);
        assert_eq!(decays.iter().filter(|d| **d < 1.0 - (0.1f64 * 0.0001).sqrt()).count(), 32);
        assert_eq!(all.iter().filter(|c| c[2].value == Value::Text("16".into())).count(), 32);
        let longer = SearchPlan { configurations: 100, ..search.clone() }.configurations().unwrap();
        assert_eq!(longer[..64], all);
        let grown = SearchPlan { growth: &[End::Lower], ..search }.configurations().unwrap();
        assert_eq!((grown.len(), &grown[..64]), (64 + 16, &all[..]));
        assert!(numbers(&grown[64..], RATE).iter().all(|r| (1e-5..=1e-4).contains(r)));
    }

    #[test]
    fn each_replicate_has_a_grid_of_its_own_with_one_rate_in_each_part() {
        let dimensions = [rate(1e-4, 10.0)];
        let of = |replicate, seed| {
            let search = SearchPlan {
                dimensions: &dimensions,
                configurations: 12,
                seed,
                growth: &[],
                replicate: Some(replicate),
            };
            numbers(&search.configurations().unwrap(), RATE)
        };
        let mut offsets = Vec::new();
        for replicate in 0..200 {
            let rates = of(replicate, 0);
            let offset = (rates[0] / 1e-4).log10() / 5.0 * 12.0;
            for (part, rate) in rates.iter().enumerate() {
                // low·(high/low)^((c + u)/n), to three digits.
                let exact = 1e-4 * 1e5f64.powf((part as f64 + offset) / 12.0);
                assert!((rate / exact - 1.0).abs() < 0.011, "{replicate} {part}: {rate}, not {exact}");
            }
            offsets.push(offset);
        }
        let mean = offsets.iter().sum::<f64>() / 200.0;
        assert!((mean - 0.5).abs() < 0.08 && offsets.iter().all(|u| (-0.01..1.01).contains(u)), "{mean}");
        assert_eq!(of(3, 0), of(3, 0));
        let alone = |replicate| {
            let search = SearchPlan { dimensions: &dimensions, configurations: 1, seed: 0, growth: &[], replicate };
            search.configurations().unwrap()
        };
        assert_eq!(alone(Some(3)), alone(None), "a single configuration is no search");
        assert_ne!(of(3, 0), of(3, 1));
        // Several settings: points scrambled anew, the same for all optimizers with the same settings.
        let several = [rate(1e-4, 10.0), rate(1e-4, 10.0)];
        let points = |replicate| {
            let search = SearchPlan {
                dimensions: &several,
                configurations: 12,
                seed: 0,
                growth: &[],
                replicate: Some(replicate),
            };
            search.configurations().unwrap()
        };
        assert_eq!(points(0), points(0));
        assert_ne!(points(0), points(1));
    }

    #[test]
    fn nothing_to_search_is_one_configuration_and_choices_are_each_tried_once() {
        let search = SearchPlan { dimensions: &[], configurations: 24, seed: 0, growth: &[], replicate: None };
        assert_eq!(search.configurations(), Ok(vec![vec![]]));
        let dimensions =
            [Dimension { key: "activation".into(), range: Range::Choices(vec!["relu".into(), "tanh".into()]) }];
        let search = SearchPlan { dimensions: &dimensions, configurations: 24, seed: 0, growth: &[], replicate: None };
        assert_eq!(search.configurations().unwrap().len(), 2);
    }

    #[test]
    fn a_narrow_range_keeps_its_configurations_apart_and_within() {
        let dimensions = [rate(0.1, 0.101)];
        let search =
            SearchPlan { dimensions: &dimensions, configurations: 12, seed: 0, growth: &[End::Upper], replicate: None };
        let rates = numbers(&search.configurations().unwrap(), RATE);
        assert!(rates[..12].windows(2).all(|pair| pair[0] < pair[1]) && rates[11] <= 0.101, "{rates:?}");
        assert_eq!(rates.len(), 24, "growth adds at most as many as there were");
        let range = Range::Numbers { low: 0.9, high: 0.999_999_999_999, scale: Scale::LogOneMinus };
        let dimensions = [rate(1e-3, 1.0), Dimension { key: "beta2".into(), range }];
        let search = SearchPlan { dimensions: &dimensions, configurations: 64, seed: 0, growth: &[], replicate: None };
        assert!(numbers(&search.configurations().unwrap(), "beta2").iter().all(|x| (0.9..1.0).contains(x)));
    }

    #[test]
    fn rounded_numbers_read_as_a_person_writes_them() {
        assert_eq!(three_digits(0.001_234_56), 0.00123);
        assert_eq!(three_digits(0.987_654_3), 0.9877);
        assert_eq!(three_digits(0.999_876_54), 0.999877);
        assert_eq!(three_digits(123.456), 123.0);
    }
}
