//! The central invariant: a member's trajectory is the same, bit for bit, alone or in any population, at any place in
//! it, with any number of threads, and across a stop and a resume; a member that diverges changes no other.

use downhill_data::{Scaler, Scaling, SplitOptions, load, split};
use downhill_model::{Activation, Bias, Init, Loss, Network};
use downhill_optim::{Clip, Door, OptimizerSpec, Registry, Schedule};
use downhill_population::{Backend, Place, Precision, Values};
use downhill_train::Ended;
use downhill_train::{
    Batching, Budget, Data, Member, MemberSpec, Monitor, Observer, Part, Row, Session, Settings, StopReason, Stopping,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const STEPS: u64 = 24;
/// This member's rate is so large that its loss becomes infinite or NaN.
const EXPLODES: u64 = 3;
/// This member starts with a NaN.
const BROKEN: u64 = 5;

/// One kind of run; `members` lists its members.
#[derive(Clone)]
struct Setting {
    rule: &'static str,
    backend: Backend,
    precision: Precision,
    hidden: &'static [usize],
    data: &'static str,
    stopping: Stopping,
    clip: Clip,
    threads: usize,
    group_size: usize,
    steps: u64,
    log_every: u64,
    checkpoint_every: Option<u64>,
}

fn setting(rule: &'static str, backend: Backend, precision: Precision) -> Setting {
    Setting {
        rule,
        backend,
        precision,
        hidden: &[9, 5],
        data: "moons:n=100,noise=0.2",
        stopping: Stopping::default(),
        clip: Clip::default(),
        threads: 1,
        group_size: 64,
        steps: STEPS,
        log_every: 5,
        checkpoint_every: None,
    }
}

/// The optimizer with a rate and a little decay, where it has these hyperparameters.
fn optimizer(name: &str, lr: f64) -> OptimizerSpec {
    let mut spec = Registry::builtin().parse(name).unwrap();
    if spec.get("lr").is_some() {
        spec.set("lr", lr).unwrap();
    }
    // Adan's decay divides by 1 + ηλ, which tames even the rate that is to explode.
    if spec.get("weight_decay").is_some() && name != "adan" {
        spec.set("weight_decay", 0.01).unwrap();
    }
    spec
}

/// The data and network of all runs of one kind.
struct Material {
    data: Arc<Data>,
    inputs: usize,
}

fn material(setting: &Setting) -> Material {
    let dataset = load(setting.data, &Default::default()).unwrap();
    let split = split(&dataset, &SplitOptions { val_fraction: 0.2, test_fraction: 0.0, seed: 0 }).unwrap();
    let scaler = Scaler::fit(Scaling::Standard, &dataset.features, &split.train).unwrap();
    let part = |rows: &[usize]| Part::new(&dataset, rows, &scaler, None, None, setting.precision);
    let data = Data { train: part(&split.train), val: part(&split.val), test: part(&split.test) };
    Material { data: data.into(), inputs: dataset.features.cols }
}

fn session(setting: &Setting, material: &Material, seeds: &[u64]) -> Session {
    let nature = optimizer(setting.rule, 0.01).about().nature;
    let data = material.data.clone();
    let network = Network {
        inputs: material.inputs,
        // An optimizer for few parameters gets few.
        hidden: if nature.parameters.is_some() { vec![3] } else { setting.hidden.to_vec() },
        outputs: data.train.outputs(),
        activation: Activation::Relu,
        bias: Bias::All,
        loss: if nature.squares { Loss::Mse } else { Loss::CrossEntropy },
    };
    let init = Init::parse("pytorch").unwrap();
    let members = seeds
        .iter()
        .map(|&seed| {
            let lr = if seed == EXPLODES { 1e200 } else { 0.01 * (1.0 + seed as f64 / 10.0) };
            let mut values: Values = init.member(&network, seed);
            if seed == BROKEN {
                values[0][1] = f64::NAN;
            }
            MemberSpec { seed, optimizer: optimizer(setting.rule, lr), values }
        })
        .collect();
    let settings = Settings {
        place: Place::new(setting.backend, setting.precision).unwrap(),
        schedule: Schedule::parse("cosine:warmup=4").unwrap(),
        clip: setting.clip,
        batching: Batching { rows: data.train.rows(), size: (!nature.full_batch).then_some(16), drop_last: false },
        budget: Budget::Steps(setting.steps),
        horizon: None,
        stopping: setting.stopping,
        log_every: Some(setting.log_every),
        checkpoint_every: setting.checkpoint_every,
        threads: setting.threads,
        group_size: setting.group_size,
        network,
    };
    Session::new(settings, data, members)
}

/// Keeps rows; interrupts after update `stop_at`.
struct Recorder<'a> {
    rows: Vec<Row>,
    monitor: &'a Monitor,
    stop_at: u64,
}

impl Observer for Recorder<'_> {
    type Error = Infallible;

    fn rows(&mut self, _: &Session, _: &[usize], rows: &[Row]) -> Result<(), Infallible> {
        self.rows.extend_from_slice(rows);
        Ok(())
    }

    fn checkpoint(&mut self, session: &Session) -> Result<(), Infallible> {
        if session.step() >= self.stop_at {
            self.monitor.interrupt.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

struct Run {
    rows: Vec<Row>,
    members: Vec<Member>,
    /// The checkpoint of its end.
    checkpoint: Vec<u8>,
}

fn train(session: &mut Session, stop_at: u64) -> (Run, Ended) {
    let monitor = Monitor { clock: Box::new(|| 0.0), updates: AtomicU64::new(0), interrupt: AtomicBool::new(false) };
    let mut recorder = Recorder { rows: Vec::new(), monitor: &monitor, stop_at };
    let outcome = session.run(&monitor, &mut recorder).unwrap();
    let checkpoint = session.checkpoint(serde_json::Value::Null).unwrap();
    (Run { rows: recorder.rows, members: session.members().to_vec(), checkpoint }, outcome)
}

fn run(setting: &Setting, material: &Material, seeds: &[u64]) -> Run {
    train(&mut session(setting, material, seeds), u64::MAX).0
}

/// Everything about one member as text: Rust prints floats so that different bits give different text, and NaN as NaN.
fn story(run: &Run, seed: u64) -> String {
    let rows: Vec<&Row> = run.rows.iter().filter(|r| r.seed == seed).collect();
    let member = run.members.iter().find(|m| m.seed == seed).unwrap();
    format!("{rows:?} {member:?}")
}

fn check_same(what: &str, expected: &str, found: &str) {
    if expected != found {
        let at = expected.bytes().zip(found.bytes()).position(|(a, b)| a != b).unwrap_or(0);
        let around = |text: &str| text[at.saturating_sub(80)..(at + 80).min(text.len())].to_string();
        panic!("{what}: differs at …{}… against …{}…", around(expected), around(found));
    }
}

/// The members that train alone: the first, the two that break, and the last, which no full vector of members holds.
const TELLING: [u64; 4] = [0, EXPLODES, BROKEN, 31];

/// Trains 32 members as one population, compares every bit with the members of [`TELLING`] alone and with all of them
/// in other populations: a run that equals the one population equals the rest. Returns the seeds that diverged.
fn check_invariant(setting: &Setting, populations: &[(usize, usize, usize)]) -> Vec<u64> {
    let material = material(setting);
    let seeds: Vec<u64> = (0..32).collect();
    let whole = run(&Setting { threads: 1, group_size: 64, ..setting.clone() }, &material, &seeds);
    let whole: Vec<String> = seeds.iter().map(|&seed| story(&whole, seed)).collect();
    let compare = |threads: usize, group_size: usize, together: &[u64]| {
        let run = run(&Setting { threads, group_size, ..setting.clone() }, &material, together);
        for &seed in together {
            let what = format!(
                "{} {} {}, member {seed} of {together:?}, {threads} threads, groups of {group_size}",
                setting.rule, setting.backend, setting.precision
            );
            check_same(&what, &whole[seed as usize], &story(&run, seed));
        }
    };
    for seed in TELLING {
        compare(1, 64, &[seed]);
    }
    for &(size, threads, group_size) in populations {
        // Every member takes part, each time at another place: the order is reversed for odd populations.
        for chunk in seeds.chunks(size) {
            let chunk: Vec<u64> = if size % 2 == 1 { chunk.iter().rev().copied().collect() } else { chunk.to_vec() };
            compare(threads, group_size, &chunk);
        }
    }
    seeds.into_iter().filter(|&seed| whole[seed as usize].contains("Diverged")).collect()
}

/// Optimizers behind the doors that `takes` names, on every backend of the processor.
fn check_optimizers(precision: Precision, takes: impl Fn(Door) -> bool) {
    for entry in Registry::builtin().entries().filter(|entry| takes(entry.door)) {
        for backend in Backend::on_cpu() {
            let setting = setting(entry.name, backend, precision);
            // The second backend cross-checks the rules; optimizers made of other operations need it only once.
            let populations: &[_] = match (entry.door, backend) {
                (Door::Rule, _) => &[(2, 1, 64), (7, 2, 64), (32, 2, 5)],
                (_, Backend::Flex) => &[(7, 2, 64), (32, 2, 5)],
                _ => &[(7, 1, 64)],
            };
            let diverged = check_invariant(&setting, populations);
            let what = format!("{} {backend} {precision}: {diverged:?}", setting.rule);
            assert!(diverged.contains(&BROKEN), "{what}");
            // Rprop's largest step is 50, whatever the rate; some methods choose their steps themselves.
            let explodes = entry.door == Door::Rule && setting.rule != "rprop";
            assert!(diverged.contains(&EXPLODES) || !explodes, "{what}");
        }
    }
}

#[test]
fn every_rule_keeps_members_independent_in_f32() {
    check_optimizers(Precision::F32, |door| door == Door::Rule);
}

#[test]
fn every_rule_keeps_members_independent_in_f64() {
    check_optimizers(Precision::F64, |door| door == Door::Rule);
}

#[test]
fn every_matrix_rule_and_method_keeps_members_independent_in_f32() {
    check_optimizers(Precision::F32, |door| door != Door::Rule);
}

#[test]
fn every_matrix_rule_and_method_keeps_members_independent_in_f64() {
    check_optimizers(Precision::F64, |door| door != Door::Rule);
}

#[test]
fn stopping_early_and_clipping_keep_members_independent() {
    let stopping = Stopping { patience: Some(1), grad_norm: Some(0.1), ..Stopping::default() };
    for clip in [Clip { norm: Some(0.3), value: None }, Clip { norm: None, value: Some(0.01) }] {
        let setting = Setting { stopping, clip, ..setting("adam", Backend::Flex, Precision::F32) };
        check_invariant(&setting, &[(7, 1, 64), (32, 2, 64)]);
    }
    // The criteria must have ended some members at different steps, or this test proves nothing.
    let setting = Setting { stopping, ..setting("adam", Backend::Flex, Precision::F32) };
    let ends: Vec<(StopReason, u64)> = run(&setting, &material(&setting), &(0..32).collect::<Vec<_>>())
        .members
        .iter()
        .map(|m| m.stop.map(|s| (s.reason, s.step)).unwrap())
        .collect();
    for reason in [StopReason::GradientNorm, StopReason::Patience, StopReason::Diverged] {
        assert!(ends.iter().any(|(r, _)| *r == reason), "{reason}: {ends:?}");
    }
}

#[test]
fn larger_networks_and_wider_data_keep_members_independent() {
    for hidden in [&[][..], &[64], &[17, 5, 3]] {
        let setting = Setting { hidden, data: "digits", ..setting("momentum", Backend::Flex, Precision::F32) };
        check_invariant(&setting, &[(32, 2, 7)]);
    }
}

/// A lone large network may use several threads inside its operations.
#[test]
fn threads_inside_an_operation_change_no_bit() {
    let base = Setting { hidden: &[256, 256], data: "digits", ..setting("adam", Backend::Flex, Precision::F32) };
    let material = material(&base);
    let one = story(&run(&base, &material, &[0]), 0);
    for threads in [2, 3] {
        check_same("threads", &one, &story(&run(&Setting { threads, ..base.clone() }, &material, &[0]), 0));
    }
}

/// Stops every optimizer at each of these updates, and goes on with other threads and other populations.
fn check_resuming(precision: Precision, stops: &[u64]) {
    let seeds: Vec<u64> = (0..7).collect();
    let material = material(&setting("sgd", Backend::Flex, precision));
    for entry in Registry::builtin().entries() {
        let stopping = Stopping { patience: Some(2), ..Stopping::default() };
        let setting = Setting { stopping, ..setting(entry.name, Backend::Flex, precision) };
        let whole = run(&setting, &material, &seeds);
        for &stop_at in stops {
            let often = Setting { checkpoint_every: Some(1), ..setting.clone() };
            let (first, outcome) = train(&mut session(&often, &material, &seeds), stop_at);
            let mut resumed = session(&Setting { threads: 2, group_size: 2, ..setting.clone() }, &material, &seeds);
            resumed.restore(&first.checkpoint).unwrap();
            let (second, _) = train(&mut resumed, u64::MAX);
            let rows: Vec<Row> = first.rows.iter().chain(&second.rows).cloned().collect();
            let what = format!("{} {precision}, stopped at {stop_at} ({outcome:?})", setting.rule);
            check_same(&what, &format!("{:?}", whole.rows), &format!("{rows:?}"));
            check_same(&what, &format!("{:?}", whole.members), &format!("{:?}", second.members));
            assert_eq!(whole.checkpoint, second.checkpoint, "{what}");
        }
    }
}

// Before the first update, between rows, right after a row, and before the last update; the code for numbers in a
// checkpoint is the same for both precisions.
#[test]
fn a_stopped_and_resumed_session_ends_with_the_same_bits_in_f32() {
    check_resuming(Precision::F32, &[0, 5, 13]);
}

#[test]
fn a_stopped_and_resumed_session_ends_with_the_same_bits_in_f64() {
    check_resuming(Precision::F64, &[1, 23]);
}

#[test]
fn damaged_and_foreign_checkpoints_are_refused() {
    let setting = setting("adam", Backend::Flex, Precision::F32);
    let material = material(&setting);
    let often = Setting { checkpoint_every: Some(1), ..setting.clone() };
    let (first, outcome) = train(&mut session(&often, &material, &[0, 1]), 7);
    assert_eq!(outcome, Ended::Interrupted);
    let restore =
        |bytes: &[u8], seeds: &[u64]| session(&setting, &material, seeds).restore(bytes).map_err(|e| e.to_string());
    assert!(restore(&first.checkpoint, &[0, 1]).is_ok());
    assert!(restore(&first.checkpoint, &[0, 2]).unwrap_err().contains("its seeds are [0, 1], the run's [0, 2]"));
    for length in [0, 7, 100, first.checkpoint.len() - 1] {
        assert!(restore(&first.checkpoint[..length], &[0, 1]).is_err(), "{length}");
    }
    let wider = Setting { hidden: &[10, 5], ..setting.clone() };
    assert!(
        session(&wider, &material, &[0, 1])
            .restore(&first.checkpoint)
            .unwrap_err()
            .to_string()
            .contains("numbers, the run needs")
    );
}

/// Hundreds of rows in almost no time: the slices between them, which follow the clock, must not grow without bound.
#[test]
fn a_long_run_logs_every_row_it_should() {
    let setting = setting("sgd", Backend::Flex, Precision::F32);
    let material = material(&setting);
    let mut session = session(&Setting { steps: 300, log_every: 1, ..setting }, &material, &[0, 1]);
    let (run, outcome) = train(&mut session, u64::MAX);
    assert_eq!(outcome, Ended::Done);
    let steps: Vec<u64> = run.rows.iter().filter(|r| r.seed == 1).map(|r| r.step).collect();
    assert_eq!(steps, (0..=300).collect::<Vec<_>>());
}

#[test]
fn rows_describe_the_parameters_after_that_many_updates() {
    let setting = setting("sgd", Backend::Flex, Precision::F64);
    let material = material(&setting);
    let run = run(&setting, &material, &[0]);
    let steps: Vec<u64> = run.rows.iter().map(|r| r.step).collect();
    assert_eq!(steps, [0, 5, 10, 15, 20, 24]);
    let (zero, last) = (&run.rows[0], &run.rows[5]);
    assert_eq!((zero.lr, zero.grad_norm, zero.update_ratio, zero.samples), (None, None, None, 0));
    // 80 training rows in batches of 16: 5 updates an epoch.
    assert_eq!((last.epoch, last.samples), (4.8, 384));
    // The cosine over 20 updates after 4 of warm-up, in update 24: factor of t = 19.
    let expected = 0.01 * (1.0 + (std::f64::consts::PI * 19.0 / 20.0).cos()) / 2.0;
    assert!((last.lr.unwrap() - expected).abs() < 1e-15);
    // The last row's figures are those of the final parameters, evaluated anew.
    let session = session(&setting, &material, &[0]);
    let values = run.members[0].values.clone().unwrap();
    let again = session.evaluate(&[values], &session.data().train).remove(0);
    assert_eq!((again.loss, again.accuracy), (last.train_loss, last.train_accuracy));
}

#[test]
fn every_gradient_evaluation_is_charged_to_its_member() {
    let material = material(&setting("sgd", Backend::Flex, Precision::F64));
    let members = |rule, seeds: &[u64]| run(&setting(rule, Backend::Flex, Precision::F64), &material, seeds).members;
    for (rule, price) in [("adam", 1), ("sam", 2), ("lookahead", 1), ("ema", 1)] {
        let members = members(rule, &[0, 1, BROKEN]);
        assert_eq!(members[0].evaluations, price * STEPS, "{rule}");
        assert_eq!(members[1].evaluations, price * STEPS, "{rule}");
        // Its loss is NaN in the first row already, before any gradient.
        assert_eq!(members[2].evaluations, 0, "{rule}");
    }
    // One gradient and two for each of the 17 parameters.
    let newton = members("newton", &[0]);
    assert_eq!(newton[0].evaluations, (1 + 2 * 17) * STEPS);
}
