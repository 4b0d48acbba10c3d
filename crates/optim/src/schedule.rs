//! Learning-rate schedules: pure functions of the step and the total.
//!
//! A schedule gives the factor on the learning rate in update `t`, counted from 0 here (update number `t + 1`). Every
//! schedule takes `warmup`: over that many updates the factor rises linearly to its first value, reaching it with the
//! last of them, and the schedule proper then runs over the remaining updates.

use downhill_spec::{Choice, Legal, Parameter, Spec, SpecError, parse};
use std::f64::consts::PI;
use std::fmt;

const WARMUP: Parameter = Parameter::new("warmup", "W", 0.0, Legal::Count(0), "updates of linear warm-up");
const END: Parameter = Parameter::new("end", "e", 0.0, Legal::Fraction, "factor at the end");

type Factor = fn(&Spec, f64, f64) -> f64;

/// Each schedule with its formula. Arguments are the parameters, the update t from 0, and the total T.
const SCHEDULES: &[(Choice<'static>, &str, Factor)] = &[
    (Choice { name: "constant", parameters: &[WARMUP] }, "1", |_, _, _| 1.0),
    (Choice { name: "linear", parameters: &[END, WARMUP] }, "1 − (1 − e)·t/T", |s, t, total| {
        between(1.0, end(s), t / total)
    }),
    (
        Choice { name: "cosine", parameters: &[END, WARMUP] },
        "e + (1 − e)(1 + cos(πt/T))/2 (Loshchilov and Hutter 2017)",
        |s, t, total| half_cosine(1.0, end(s), t / total),
    ),
    (
        Choice {
            name: "cosine-restarts",
            parameters: &[
                Parameter::new("period", "P", 100.0, Legal::Count(1), "updates in the first period"),
                Parameter::new("multiply", "m", 1.0, Legal::Count(1), "each period is this many times the one before"),
                END,
                WARMUP,
            ],
        },
        "cosine over periods of P, mP, m²P, … (Loshchilov and Hutter 2017)",
        |s, t, _| {
            let (mut period, mut t) = (get(s, "period"), t);
            if get(s, "multiply") == 1.0 {
                t %= period;
            }
            while t >= period {
                t -= period;
                period *= get(s, "multiply");
            }
            half_cosine(1.0, end(s), t / period)
        },
    ),
    (
        Choice {
            name: "step",
            parameters: &[
                Parameter::new("step_size", "N", 100.0, Legal::Count(1), "updates between two drops"),
                Parameter::new("gamma", "γ", 0.1, Legal::Fraction, "factor of a drop"),
                WARMUP,
            ],
        },
        "γ^⌊t/N⌋",
        |s, t, _| get(s, "gamma").powf((t / get(s, "step_size")).floor()),
    ),
    (
        Choice {
            name: "exponential",
            parameters: &[Parameter::new("gamma", "γ", 0.999, Legal::Fraction, "factor of each update"), WARMUP],
        },
        "γᵗ",
        |s, t, _| get(s, "gamma").powf(t),
    ),
    (
        Choice {
            name: "polynomial",
            parameters: &[Parameter::new("power", "p", 2.0, Legal::Positive, "exponent"), END, WARMUP],
        },
        "e + (1 − e)(1 − t/T)ᵖ",
        |s, t, total| end(s) + (1.0 - end(s)) * (1.0 - t / total).max(0.0).powf(get(s, "power")),
    ),
    (
        Choice {
            name: "inverse-time",
            parameters: &[Parameter::new("decay", "d", 1.0, Legal::NonNegative, "speed of the fall"), WARMUP],
        },
        "1/(1 + d·t); with d = 1 the rate is η/t for update number t (Robbins and Monro 1951)",
        |s, t, _| 1.0 / (1.0 + get(s, "decay") * t),
    ),
    (
        Choice {
            name: "inverse-sqrt",
            parameters: &[
                Parameter::new("timescale", "τ", 1.0, Legal::Positive, "updates until the fall begins"),
                WARMUP,
            ],
        },
        "1/√(1 + t/τ); with τ = 1 the rate is η/√t for update number t",
        |s, t, _| 1.0 / (1.0 + t / get(s, "timescale")).sqrt(),
    ),
    (
        Choice {
            name: "one-cycle",
            parameters: &[
                Parameter::new("pct_start", "a", 0.3, Legal::Fraction, "share of the updates that rise"),
                Parameter::new("div_factor", "D", 25.0, Legal::Positive, "the start is 1/D"),
                Parameter::new("final_div_factor", "F", 1e4, Legal::Positive, "the end is 1/(DF)"),
                WARMUP,
            ],
        },
        "cosine from 1/D up to 1, then down to 1/(DF) (Smith and Topin 2017; PyTorch's form)",
        |s, t, total| {
            let start = 1.0 / get(s, "div_factor");
            let finish = start / get(s, "final_div_factor");
            // As in PyTorch the peak is update aT − 1 and the end is update T − 1.
            let peak = get(s, "pct_start") * total - 1.0;
            if t <= peak {
                half_cosine(start, 1.0, if peak > 0.0 { t / peak } else { 1.0 })
            } else {
                let falling = total - 1.0 - peak;
                half_cosine(1.0, finish, if falling > 0.0 { (t - peak) / falling } else { 1.0 })
            }
        },
    ),
    (
        Choice {
            name: "trapezoid",
            parameters: &[
                Parameter::new("cooldown", "C", 0.2, Legal::Fraction, "share of the updates, at the end, that fall"),
                END,
                WARMUP,
            ],
        },
        "warm up, hold 1, then fall linearly to e over the last C·T updates (Hägele et al. 2024)",
        |s, t, total| {
            let falling = get(s, "cooldown") * total;
            if falling == 0.0 || t < total - falling {
                1.0
            } else {
                between(1.0, end(s), (t - (total - falling)) / falling)
            }
        },
    ),
];

fn get(spec: &Spec, key: &str) -> f64 {
    spec.get(key).expect("a schedule reads its own table")
}

fn end(spec: &Spec) -> f64 {
    get(spec, "end")
}

fn between(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share.clamp(0.0, 1.0)
}

fn half_cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * (1.0 + (PI * share.clamp(0.0, 1.0)).cos()) / 2.0
}

/// A learning-rate schedule with its parameters.
///
/// ```
/// let cosine = downhill_optim::Schedule::parse("cosine:warmup=10").unwrap();
/// assert_eq!(cosine.factor(0, 110), 0.1);
/// assert_eq!(cosine.factor(9, 110), 1.0);
/// assert!((cosine.factor(60, 110) - 0.5).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    spec: Spec,
}

impl Schedule {
    /// Reads `name:key=value,key=value`.
    ///
    /// # Errors
    /// Unknown names and keys, and values outside their legal range.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let choices: Vec<Choice<'_>> = SCHEDULES.iter().map(|(choice, _, _)| *choice).collect();
        Ok(Self { spec: parse("schedule", text, &choices)? })
    }

    /// Name, formula and parameters of every schedule.
    pub fn all() -> impl Iterator<Item = (Choice<'static>, &'static str)> {
        SCHEDULES.iter().map(|&(choice, formula, _)| (choice, formula))
    }

    /// The factor on the learning rate in update `t` of `total`, counted from 0.
    pub fn factor(&self, t: u64, total: u64) -> f64 {
        let warmup = get(&self.spec, "warmup");
        let (t, total) = (t as f64, total as f64);
        let (_, _, factor) = SCHEDULES[self.spec.index];
        if t < warmup {
            return (t + 1.0) / warmup * factor(&self.spec, 0.0, (total - warmup).max(1.0));
        }
        factor(&self.spec, t - warmup, (total - warmup).max(1.0))
    }

    /// Updates of warm-up.
    pub fn warmup(&self) -> u64 {
        get(&self.spec, "warmup") as u64
    }

    /// The text with every parameter written out.
    pub fn full(&self) -> String {
        self.spec.full()
    }
}

/// A constant rate.
impl Default for Schedule {
    fn default() -> Self {
        Self::parse("constant").expect("the table has it")
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(text: &str, at: &[u64], total: u64) -> Vec<f64> {
        let schedule = Schedule::parse(text).unwrap();
        at.iter().map(|&t| schedule.factor(t, total)).collect()
    }

    #[test]
    fn formulas_give_their_known_values() {
        let close = |a: Vec<f64>, b: &[f64]| {
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12) && a.len() == b.len(), "{a:?} {b:?}");
        };
        close(factors("constant", &[0, 99], 100), &[1.0, 1.0]);
        close(factors("linear:end=0.5", &[0, 50, 100], 100), &[1.0, 0.75, 0.5]);
        close(factors("cosine", &[0, 25, 50, 100], 100), &[1.0, (2.0 + 2f64.sqrt()) / 4.0, 0.5, 0.0]);
        close(factors("cosine-restarts:period=10", &[0, 5, 10, 25], 100), &[1.0, 0.5, 1.0, 0.5]);
        close(factors("cosine-restarts:period=10,multiply=2", &[10, 20, 30], 100), &[1.0, 0.5, 1.0]);
        close(factors("step:step_size=30", &[29, 30, 60], 100), &[1.0, 0.1, 0.01]);
        close(factors("exponential:gamma=0.5", &[0, 1, 3], 100), &[1.0, 0.5, 0.125]);
        close(factors("polynomial", &[0, 50, 100], 100), &[1.0, 0.25, 0.0]);
        close(factors("inverse-time", &[0, 1, 9], 100), &[1.0, 0.5, 0.1]);
        close(factors("inverse-sqrt", &[0, 3, 99], 100), &[1.0, 0.5, 0.1]);
        // torch.optim.lr_scheduler.OneCycleLR with max_lr 1 and total_steps 100 at 0, 15, 29, 64 and 99.
        close(factors("one-cycle", &[0, 15, 29, 64, 99], 100), &[0.04, 0.5459866761210004, 1.0, 0.500002, 0.000004]);
        close(factors("trapezoid", &[0, 79, 90, 100], 100), &[1.0, 1.0, 0.5, 0.0]);
    }

    #[test]
    fn warm_up_reaches_the_full_rate_with_its_last_update_on_every_schedule() {
        for (choice, _) in Schedule::all() {
            let plain = Schedule::parse(choice.name).unwrap();
            let warm = Schedule::parse(&format!("{}:warmup=4", choice.name)).unwrap();
            for t in 0..4 {
                let expected = (t + 1) as f64 / 4.0 * plain.factor(0, 96);
                assert_eq!(warm.factor(t, 100), expected, "{}", choice.name);
            }
            for t in [4, 50, 99] {
                assert_eq!(warm.factor(t, 100), plain.factor(t - 4, 96), "{}", choice.name);
            }
        }
    }

    #[test]
    fn factors_stay_finite_and_within_zero_and_one_even_at_the_borders() {
        for (choice, _) in Schedule::all() {
            for total in [1, 2, 3, 10] {
                for t in 0..=total {
                    let factor = Schedule::parse(choice.name).unwrap().factor(t, total);
                    assert!((0.0..=1.0).contains(&factor), "{} {t}/{total}: {factor}", choice.name);
                }
            }
        }
    }
}
