//! Error rates of the statistics over many studies, simulated with fixed seeds. The rates in `docs/statistics.md` are
//! printed by
//!
//! ```text
//! cargo test --release --workspace --test statistics -- --nocapture simulation::
//! ```

use downhill_random::{Purpose, Stream};
use downhill_statistics::descriptive::mean;
use downhill_statistics::permutation::SignFlips;
use downhill_statistics::resampled::CorrectedT;
use downhill_statistics::wilcoxon::{Zeros, signed_rank};
use downhill_statistics::{bootstrap, equivalence, holm, paired_differences, power};

/// The noise of one trial, with mean 0 and standard deviation 1 (the heavy one: 1.73).
#[derive(Clone, Copy, Debug)]
enum Noise {
    Normal,
    /// Skewed: `E - 1`. Differences of two such are symmetric, with heavy tails.
    Exponential,
    /// Student's t with 3 degrees of freedom.
    Heavy,
    /// Accuracies: correct answers of 50, each with a chance of 0.9. Many ties and zeros.
    Counts,
}

impl Noise {
    fn draw(self, stream: &mut Stream) -> f64 {
        match self {
            Noise::Normal => stream.normal(),
            Noise::Exponential => -(1.0 - stream.uniform()).ln() - 1.0,
            Noise::Heavy => {
                let scale: f64 = (0..3).map(|_| stream.normal().powi(2)).sum::<f64>() / 3.0;
                stream.normal() / scale.sqrt()
            }
            Noise::Counts => {
                let correct = (0..50).filter(|_| stream.uniform() < 0.9).count();
                correct as f64 / 50.0
            }
        }
    }

    fn sample(self, n: usize, stream: &mut Stream) -> Vec<f64> {
        (0..n).map(|_| self.draw(stream)).collect()
    }
}

fn stream(index: u64) -> Stream {
    Stream::new(2024, Purpose::Test, index)
}

/// Whether a study of alike optimizers calls any of them better, after Holm.
fn finds_a_difference(noise: Noise, optimizers: usize, seeds: usize, stream: &mut Stream) -> bool {
    let scores: Vec<Vec<f64>> = (0..optimizers).map(|_| noise.sample(seeds, stream)).collect();
    let pairs = (0..optimizers).flat_map(|i| (i + 1..optimizers).map(move |j| (i, j)));
    let p: Vec<f64> = pairs
        .map(|(i, j)| {
            let differences = paired_differences(&scores[i], &scores[j]).expect("numbers");
            SignFlips::new(&differences, 0).expect("numbers").p_value()
        })
        .collect();
    holm::adjusted(&p).expect("p values").iter().any(|&p| p <= 0.05)
}

#[test]
fn alike_optimizers_are_rarely_called_different() {
    println!("studies in which any of the pairs was called different, level 0.05, Holm");
    let cases = [
        (Noise::Normal, 3, 20),
        (Noise::Exponential, 3, 20),
        (Noise::Normal, 2, 16),
        (Noise::Heavy, 3, 12),
        (Noise::Counts, 3, 12),
        (Noise::Normal, 5, 12),
    ];
    for (index, (noise, optimizers, seeds)) in cases.into_iter().enumerate() {
        let mut stream = stream(index as u64);
        let false_alarms = (0..200).filter(|_| finds_a_difference(noise, optimizers, seeds, &mut stream)).count();
        println!("  {optimizers} optimizers, {seeds} seeds, {noise:?}: {false_alarms} of 200");
        // The chance of more than 18 at a true rate of 0.05 is 0.5 %.
        assert!(false_alarms <= 18, "{noise:?}: {false_alarms}");
    }
}

#[test]
fn the_sign_flip_test_keeps_its_level_over_many_studies() {
    let mut stream = stream(100);
    let studies = 20_000;
    println!("false alarms of one sign-flip test at level 0.05, {studies} studies");
    for (noise, seeds) in [(Noise::Normal, 10), (Noise::Exponential, 10), (Noise::Counts, 10), (Noise::Normal, 6)] {
        let alarms = (0..studies).filter(|_| finds_a_difference(noise, 2, seeds, &mut stream)).count();
        let rate = alarms as f64 / f64::from(studies);
        println!("  {seeds} seeds, {noise:?}: {rate:.4}");
        // 0.05 and four standard errors.
        assert!(rate < 0.0562, "{noise:?}: {rate}");
    }
}

#[test]
fn the_interval_covers_the_truth_as_often_as_it_says() {
    let studies = 4_000;
    let truth = 0.3;
    println!("how often the interval at level 0.05 covers the mean difference, {studies} studies");
    for (index, (noise, seeds)) in
        [(Noise::Normal, 12), (Noise::Exponential, 12), (Noise::Heavy, 12), (Noise::Normal, 7)].into_iter().enumerate()
    {
        let mut stream = stream(200 + index as u64);
        let covered = (0..studies).filter(|_| {
            let differences: Vec<f64> =
                (0..seeds).map(|_| truth + noise.draw(&mut stream) - noise.draw(&mut stream)).collect();
            let interval = SignFlips::new(&differences, 0).expect("numbers").interval(0.05).expect("a level");
            interval.contains(truth)
        });
        let rate = covered.count() as f64 / f64::from(studies);
        // The exact rate is 1 - floor(0.05 * 2^(n-1)) / 2^(n-1): 0.9502 for 12 seeds, 0.953 for 7.
        let exact = 1.0 - (0.05 * f64::from(1 << (seeds - 1))).floor() / f64::from(1 << (seeds - 1));
        println!("  {seeds} seeds, {noise:?}: {rate:.4} (exactly {exact:.4})");
        assert!((rate - exact).abs() < 0.014, "{noise:?}: {rate}");
    }
}

#[test]
fn a_planted_difference_is_found_as_often_as_power_says() {
    let studies = 1_000;
    println!("how often a planted difference is found with the seeds that power.rs asks for, {studies} studies");
    for (index, (effect, comparisons)) in [(1.0, 1), (0.8, 1), (1.0, 3), (1.1, 6)].into_iter().enumerate() {
        let seeds = power::seeds_needed(effect, 1.0, 0.05, comparisons, 0.8).expect("legal").expect("within reach");
        let level = 0.05 / comparisons as f64;
        let said = power::power(effect, seeds, level).expect("legal");
        let mut stream = stream(300 + index as u64);
        let found = (0..studies).filter(|_| {
            let differences: Vec<f64> = (0..seeds).map(|_| effect + stream.normal()).collect();
            SignFlips::new(&differences, 0).expect("numbers").p_value() <= level
        });
        let rate = found.count() as f64 / f64::from(studies);
        println!("  effect {effect}, {comparisons} comparisons, {seeds} seeds: {rate:.3} (said {said:.3})");
        // Four standard errors are 0.05; the t approximation costs the rest.
        assert!((rate - said).abs() < 0.06, "{rate} and not {said}");
    }
}

#[test]
fn drawn_flips_keep_the_level_and_find_what_power_says() {
    let (studies, seeds) = (200, 34);
    let mut stream = stream(400);
    let mut rejected = |effect: f64| {
        let found = (0..studies).filter(|&study| {
            let differences: Vec<f64> = (0..seeds).map(|_| effect + stream.normal()).collect();
            SignFlips::new(&differences, study).expect("numbers").p_value() <= 0.05
        });
        found.count()
    };
    let (false_alarms, found) = (rejected(0.0), rejected(0.5));
    println!(
        "34 seeds, drawn flips: {false_alarms} of 200 false alarms, {found} of 200 found at effect 0.5 (said 0.808)"
    );
    assert!(false_alarms <= 18, "{false_alarms}");
    assert!((140..=180).contains(&found), "{found}");
}

#[test]
fn bca_at_ten_seeds_excludes_zero_too_often_and_so_never_decides() {
    let studies = 2_000;
    println!("how often 0 is excluded without a difference at level 0.05, 10 seeds, {studies} studies");
    for (index, noise) in [Noise::Normal, Noise::Exponential, Noise::Heavy].into_iter().enumerate() {
        let mut stream = stream(500 + index as u64);
        let (mut bca, mut flips, mut ranks) = (0, 0, 0);
        for study in 0..studies {
            let differences: Vec<f64> = (0..10).map(|_| noise.draw(&mut stream) - noise.draw(&mut stream)).collect();
            let interval = bootstrap::bca(&differences, |v| mean(v).expect("numbers"), 0.05, 1_000, study);
            bca += u32::from(!interval.expect("numbers").contains(0.0));
            flips += u32::from(SignFlips::new(&differences, 0).expect("numbers").p_value() <= 0.05);
            ranks += u32::from(signed_rank(&differences, Zeros::Wilcox).expect("numbers").p <= 0.05);
        }
        let rate = |count: u32| f64::from(count) / studies as f64;
        println!("  {noise:?}: BCa {:.3}, sign flips {:.3}, Wilcoxon {:.3}", rate(bca), rate(flips), rate(ranks));
        assert!(rate(bca) > 0.07, "BCa has become honest: {}", rate(bca));
        assert!(rate(flips) < 0.065 && rate(ranks) < 0.065);
    }
}

#[test]
fn a_difference_at_the_margin_is_rarely_called_equivalent() {
    let studies = 4_000;
    let mut stream = stream(600);
    let mut equivalent = |truth: f64| {
        let found = (0..studies).filter(|_| {
            let differences: Vec<f64> = (0..12).map(|_| truth + stream.normal()).collect();
            let test = SignFlips::new(&differences, 0).expect("numbers");
            equivalence::is_equivalent(&test, 1.0, 0.05).expect("legal")
        });
        found.count() as f64 / f64::from(studies)
    };
    let (at_the_margin, none) = (equivalent(1.0), equivalent(0.0));
    println!(
        "called equivalent within one sd, 12 seeds: {at_the_margin:.3} at the margin, {none:.3} without difference"
    );
    assert!(at_the_margin < 0.064, "{at_the_margin}");
    assert!(none > 0.8, "{none}");
}

#[test]
fn looking_again_with_more_seeds_raises_the_false_alarms() {
    let studies = 4_000;
    let mut stream = stream(700);
    let mut rate = |levels: [f64; 2]| {
        let alarms = (0..studies).filter(|_| {
            let differences: Vec<f64> = (0..16).map(|_| stream.normal()).collect();
            let p = |n: usize| SignFlips::new(&differences[..n], 0).expect("numbers").p_value();
            p(8) <= levels[0] || p(16) <= levels[1]
        });
        alarms.count() as f64 / f64::from(studies)
    };
    let (twice, halved) = (rate([0.05; 2]), rate([0.025; 2]));
    println!(
        "8 seeds, and 8 more where that is undecided: {twice:.3} false alarms; at half the level each {halved:.3}"
    );
    assert!(twice > 0.065, "{twice}");
    assert!(halved < 0.064, "{halved}");
}

#[test]
fn optimizers_with_equal_means_and_unequal_shapes_of_noise_cost_a_little() {
    let studies = 4_000;
    println!("false alarms at level 0.05 if the means are equal and the noise is not, {studies} studies");
    for (index, seeds) in [8, 12, 16].into_iter().enumerate() {
        let mut stream = stream(800 + index as u64);
        let alarms = (0..studies).filter(|_| {
            let skewed = Noise::Exponential.sample(seeds, &mut stream);
            let narrow: Vec<f64> = (0..seeds).map(|_| 0.1 * stream.normal()).collect();
            let differences = paired_differences(&skewed, &narrow).expect("numbers");
            SignFlips::new(&differences, 0).expect("numbers").p_value() <= 0.05
        });
        let rate = alarms.count() as f64 / f64::from(studies);
        println!("  {seeds} seeds, skewed against nearly none: {rate:.3}");
        assert!(rate > 0.05 && rate < 0.15, "{rate}");
    }
}

/// The loss of a test row, from the learner's answer times the row's label.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// `(1 - m)^2`, which the learner minimises: near its minimum a change of the training set costs little.
    Squared,
    /// `ln(1 + exp(-m))`, which the learner does not minimise: it falls with the size of the answers, which changes
    /// with the training set.
    Logistic,
    /// 1 if the sign is wrong.
    Errors,
}

impl Loss {
    fn of(self, m: f64) -> f64 {
        match self {
            Loss::Squared => (1.0 - m) * (1.0 - m),
            Loss::Logistic => (-m).exp().ln_1p(),
            Loss::Errors => f64::from(u8::from(m < 0.0)),
        }
    }
}

/// Rows of a data set times their labels, the input of least squares.
type Rows = Vec<[f64; 5]>;

/// Least squares: the `w` with the smallest sum of `(1 - w . row)^2`, by elimination.
fn least_squares<'a>(rows: impl Iterator<Item = &'a [f64; 5]>) -> [f64; 5] {
    let mut a = [[0.0; 6]; 5];
    for row in rows {
        for i in 0..5 {
            (0..5).for_each(|j| a[i][j] += row[i] * row[j]);
            a[i][5] += row[i];
        }
    }
    for i in 0..5 {
        let pivot = a[i].map(|x| x / a[i][i]);
        for (_, line) in a.iter_mut().enumerate().filter(|(k, _)| *k != i) {
            let factor = line[i];
            line.iter_mut().zip(pivot).for_each(|(x, p)| *x -= factor * p);
        }
        a[i] = pivot;
    }
    a.map(|line| line[5])
}

/// The differences of the mean losses of two alike learners, of each fold of a repeated cross-validation of one data
/// set of 100 rows.
///
/// Both are least squares, each on five features of its own: the label times 0.4, and normal noise. So the learned
/// weights depend on the training rows, nearly the same ones in all folds.
fn folds_of_alike_learners(folds: usize, repetitions: usize, loss: Loss, stream: &mut Stream) -> Vec<f64> {
    const ROWS: usize = 100;
    let mut draw = || -> Rows { (0..ROWS).map(|_| std::array::from_fn(|_| 0.4 + stream.normal())).collect() };
    let learners = [draw(), draw()];
    let mut differences = Vec::new();
    for _ in 0..repetitions {
        let order = stream.permutation(ROWS);
        for fold in 0..folds {
            let tested = |place: usize| place * folds / ROWS == fold;
            let [a, b] = learners.each_ref().map(|rows| {
                let (test, train): (Vec<usize>, Vec<usize>) = (0..ROWS).partition(|&place| tested(place));
                let w = least_squares(train.iter().map(|&place| &rows[order[place]]));
                let m = |place: &usize| rows[order[*place]].iter().zip(w).map(|(x, w)| x * w).sum::<f64>();
                test.iter().map(|place| loss.of(m(place))).sum::<f64>() / test.len() as f64
            });
            differences.push(a - b);
        }
    }
    differences
}

#[test]
fn folds_need_the_corrected_test() {
    // Drawn flips are slow and behave like the plain t test: the loss that is trained on shows this.
    let (studies, flipped) = (1_000, 100);
    println!("false alarms at level 0.05 on folds of one data set of 100 rows, {studies} studies (flips: {flipped})");
    let losses = [Loss::Squared, Loss::Errors, Loss::Logistic];
    let cases = losses.into_iter().flat_map(|loss| [(10, 1), (5, 5), (10, 10)].map(|design| (loss, design)));
    for (index, (loss, (folds, repetitions))) in cases.enumerate() {
        let mut stream = stream(900 + index as u64);
        let (mut corrected, mut naive, mut flips) = (0, 0, 0);
        for study in 0..studies {
            let differences = folds_of_alike_learners(folds, repetitions, loss, &mut stream);
            let t = |share: f64| CorrectedT::new(&differences, share).expect("numbers").p_value();
            corrected += u32::from(t(1.0 / (folds - 1) as f64) <= 0.05);
            naive += u32::from(t(0.0) <= 0.05);
            if study < flipped && matches!(loss, Loss::Squared) {
                flips += u32::from(SignFlips::new(&differences, study).expect("numbers").p_value() <= 0.05);
            }
        }
        let [corrected, naive] = [corrected, naive].map(|count| f64::from(count) / studies as f64);
        let flips = matches!(loss, Loss::Squared).then(|| f64::from(flips) / flipped as f64);
        let told = flips.map(|flips| format!(", sign flips {flips:.3}")).unwrap_or_default();
        println!("  {loss:?}, {repetitions} times {folds} folds: corrected {corrected:.3}, naive t {naive:.3}{told}");
        // 0.05 and four standard errors, where the training set has no effect of first order.
        match loss {
            Loss::Squared | Loss::Errors => assert!(corrected < 0.078, "{corrected}"),
            Loss::Logistic => assert!(corrected < 0.15, "{corrected}"),
        }
        if repetitions > 1 {
            assert!(naive > 0.3 && flips.is_none_or(|flips| flips > 0.3), "{naive} {flips:?}");
            assert!(
                corrected > 0.06 || !matches!(loss, Loss::Logistic),
                "the correction has become enough: {corrected}"
            );
        }
    }
}
