//! The command line.

use crate::study::options::StudyOptions;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use downhill_run::Options;
use std::path::PathBuf;

/// A laboratory for gradient descent
#[derive(Debug, Parser)]
#[command(name = "downhill", version, about, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network and leave its loss curves
    Train(Box<Train>),
    /// Predict with a trained network
    Predict(Predict),
    /// Search alike for every optimizer at every seed, and say which generalises better
    Compare(Box<Compare>),
    /// Race optimizers on a landscape: picture, moving picture, page, every step as CSV
    Race(Box<RaceArgs>),
    /// Measure the largest stable learning rate, beside what theory says
    Stability(StabilityArgs),
    /// Look at a trained network: curvature, noise, idle units, slices of the loss, the path of training
    Probe(Probe),
    /// Run what the field says of gradient descent, and check it
    Reproduce(Reproduce),
    /// Lay the curves of runs into one picture and table, or make the report of comparisons again
    Report(ReportArgs),
    /// Find out whether an optimizer is sound, and what it is like
    Check(Check),
    /// Show what there is
    List(List),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Write man pages
    Man(Man),
}

/// `downhill train`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  downhill train digits\n  downhill train moons:noise=0.3 -o momentum:lr=0.1 --seeds 5\n  \
                        downhill train my.csv --target price --hidden 64,64 --schedule cosine\n\n\
                        Exit status: 0 done, 1 it ran and failed, 2 wrong usage or input, 130 after Ctrl-C."
)]
pub struct Train {
    /// What decides the run.
    #[command(flatten)]
    pub options: Options,
    /// Read options from a file such as a run's config.toml; flags win over it
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub config: Option<PathBuf>,
    /// Go on with a run that was stopped
    #[arg(long, value_name = "RUN", conflicts_with_all = ["config", "out"], help_heading = "Run")]
    pub resume: Option<PathBuf>,
    /// Folder for the run [default: runs/DATA-OPTIMIZER-HASH]
    #[arg(long, value_name = "PATH", help_heading = "Run")]
    pub out: Option<PathBuf>,
    /// Worker threads; never changes a result [default: all cores]
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub threads: Option<usize>,
    /// Print run.json on standard output instead of the summary
    #[arg(long, help_heading = "Run")]
    pub json: bool,
    /// No talk on standard error
    #[arg(long, short, help_heading = "Run")]
    pub quiet: bool,
}

/// `downhill compare`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  downhill compare digits -o sgd -o momentum -o adam -o adamw\n  \
                        downhill compare moons spirals --label-noise 0.2 -o sgd -o adam --margin 1%\n  \
                        downhill compare my.csv --target price -o adam --search lr,weight_decay,beta2\n\n\
                        Stopped at any moment, the same command goes on.\n\
                        Exit status: 0 done, 1 it ran and failed, 2 wrong usage or input, 130 after Ctrl-C.")]
pub struct Compare {
    /// What decides the comparison.
    #[command(flatten)]
    pub options: StudyOptions,
    /// Read options and tasks from a file such as a comparison's study.toml; flags win over it, and -o or DATA replace its
    /// whole lists
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub config: Option<PathBuf>,
    /// Folder of the comparison; one that is there goes on, or grows [default: runs/compare-DATA-HASH]
    #[arg(long, value_name = "PATH", help_heading = "Run")]
    pub out: Option<PathBuf>,
    /// Print the plan, what it costs and what it can decide, and run nothing
    #[arg(long, help_heading = "Run")]
    pub dry_run: bool,
    /// Run a part of the trials only, such as 2/5, into a file of its own in the same folder; auto reads an array job's
    /// variables (Slurm, Kubernetes and others)
    #[arg(long, value_name = "I/N", help_heading = "Run")]
    pub shard: Option<String>,
    /// With --shard, where one search serves all seeds or --extend looks at all searches: wait for what other shards must do
    /// first, until none of them has finished a trial for SECONDS [default without a number: 600]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "600", value_name = "SECONDS", help_heading = "Run")]
    pub wait: Option<u64>,
    /// Worker threads; never changes a result [default: all cores]
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub threads: Option<usize>,
    /// Most networks in one population; never changes a result [default: by the network's size]
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub population: Option<usize>,
    /// Print verdict.json on standard output instead of sentences and table
    #[arg(long, help_heading = "Run")]
    pub json: bool,
    /// No talk on standard error
    #[arg(long, short, help_heading = "Run")]
    pub quiet: bool,
}

/// `downhill predict`.
#[derive(Args, Debug)]
pub struct Predict {
    /// Folder of a trained run
    pub run: PathBuf,
    /// CSV file with the columns that the network was trained on
    pub file: PathBuf,
    /// Write the predictions to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Which member of a run with several seeds [default: the first]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Use the weights of the last step instead of the best
    #[arg(long)]
    pub last: bool,
    /// Print one JSON object instead of CSV
    #[arg(long)]
    pub json: bool,
}

/// `downhill race`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  downhill race ravine -o sgd:lr=0.003 -o momentum:lr=0.003 -o adam:lr=0.1\n  \
                        downhill race rastrigin -o sgd -o adam --tune --starts 64 --basins\n  \
                        downhill race --formula \"(1-x)^2 + 20*(y-x^2)^2\" --from -1.2,1 -o adam:lr=0.1 --csv -\n\n\
                        Exit status: 0 done, 1 it ran and failed, 2 wrong usage or input.")]
pub struct RaceArgs {
    /// Landscape, such as ravine or rastrigin:dims=10, see `downhill list landscapes`; or
    /// quadratic:hessian=H.csv,centres=X.csv
    #[arg(value_name = "LANDSCAPE")]
    pub landscape: Option<String>,
    /// A formula of your own in x, y (or x0, x1, …): + - * / ^, sin cos tan exp log sqrt abs tanh, pi, e
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub formula: Option<String>,
    /// The picture's box, the same for every coordinate [default: the landscape's own; ±5 for a formula]
    #[arg(long = "box", value_name = "LOW..HIGH", allow_hyphen_values = true)]
    pub region: Option<String>,
    /// Optimizer, such as adam:lr=0.1, or LABEL=SPEC to name it; give several
    #[arg(short, long, value_name = "SPEC", help_heading = "Runners")]
    pub optimizer: Vec<String>,
    /// Where to start, such as -1.2,1; one number means every coordinate; may be given several times [default: the
    /// landscape's own]
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true, conflicts_with = "starts", help_heading = "Runners")]
    pub from: Vec<String>,
    /// Start from N points drawn over the box
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Runners")]
    pub starts: Option<usize>,
    /// Updates
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 200, help_heading = "Runners")]
    pub steps: u64,
    /// Seed of drawn starts, gradient noise and batches
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0, help_heading = "Runners")]
    pub seed: u64,
    /// Standard deviation of noise added to every coordinate of the gradient
    #[arg(long, value_name = "SD", default_value_t = 0.0, allow_negative_numbers = true, help_heading = "Runners")]
    pub noise: f64,
    /// Centres of a quadratic that a gradient sees [default: all]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Runners")]
    pub batch_size: Option<usize>,
    /// Course of the learning rate; see `downhill list schedules`
    #[arg(long, value_name = "SPEC", help_heading = "Runners")]
    pub schedule: Option<String>,
    /// Scale a gradient whose norm is above X down to it
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Runners")]
    pub clip_norm: Option<f64>,
    /// Clip each element of the gradient to ±X
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Runners")]
    pub clip_value: Option<f64>,
    /// Floating-point type: f32 or f64
    #[arg(long, value_name = "TYPE", default_value = "f64", help_heading = "Runners")]
    pub dtype: String,
    /// Tune every learning rate that is not given on the same grid, by the median final loss over the starts
    #[arg(long, help_heading = "Runners")]
    pub tune: bool,
    /// Range of the rates [default: 1e-4..10]
    #[arg(long, value_name = "LOW..HIGH", help_heading = "Runners")]
    pub search_range: Option<String>,
    /// Rates to try [default: 51]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Runners")]
    pub rates: Option<usize>,
    /// Stop when the gradient's norm falls below X
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Stopping early")]
    pub stop_grad_norm: Option<f64>,
    /// Stop when the loss stays within X over the last steps
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Stopping early")]
    pub stop_loss_change: Option<f64>,
    /// Steps that --stop-loss-change looks at [default: 5]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Stopping early")]
    pub stop_window: Option<u64>,
    /// Stop when the loss is at most X
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Stopping early")]
    pub target_loss: Option<f64>,
    /// Say where each walk from the first start would have stopped under every criterion, and what that saves or loses
    #[arg(long, help_heading = "Output")]
    pub replay: bool,
    /// Colour the plane by the minimum that a start there leads to
    #[arg(long, help_heading = "Output")]
    pub basins: bool,
    /// How near the best known value counts as there
    #[arg(long, value_name = "X", default_value_t = 1e-6, allow_negative_numbers = true, help_heading = "Output")]
    pub tolerance: f64,
    /// Every step of every walk as CSV, into a file or (-) on standard output, which then holds nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "json", help_heading = "Output")]
    pub csv: Option<PathBuf>,
    /// Folder for picture, moving picture, page and race.json [default: runs/race-LANDSCAPE; none beside --csv -]
    #[arg(long, value_name = "PATH", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// Worker threads; never changes a result [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Output")]
    pub threads: Option<usize>,
    /// Print one JSON object instead of the table
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// No talk on standard error
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
}

/// `downhill stability`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  downhill stability -o sgd -o momentum:momentum=0.9 -o nesterov --curvature 10\n  \
                        downhill stability --run runs/digits -o sgd -o momentum\n\n\
                        A rate is stable if 4000 steps from x = 1 do not keep growing. A walk that stays bounded without\n\
                        settling, as those of sign-like and adaptive optimizers do, is stable."
)]
pub struct StabilityArgs {
    /// Optimizer, such as momentum:momentum=0.99; give several. Its learning rate is what is measured
    /// [default: with --run, the run's own]
    #[arg(short, long, value_name = "SPEC")]
    pub optimizer: Vec<String>,
    /// Second derivative L of the parabola L x²/2 [default: 1]
    #[arg(long, value_name = "L", allow_negative_numbers = true, conflicts_with = "run", help_heading = "Curvature")]
    pub curvature: Option<f64>,
    /// Take the curvature of a trained network: the sharpness of the training loss at the run's last weights
    #[arg(long, value_name = "RUN", help_heading = "Curvature")]
    pub run: Option<PathBuf>,
    /// Which member of a run with several seeds [default: the first]
    #[arg(long, value_name = "N", requires = "run", help_heading = "Curvature")]
    pub seed: Option<u64>,
    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,
}

/// `downhill probe`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  downhill probe runs/digits-adam-1a2b3c4d\n  downhill probe runs/digits-adam-1a2b3c4d --slices \
                        --path\n\nExit status: 0 done, 1 it ran and failed, 2 wrong usage or input, 130 after Ctrl-C."
)]
pub struct Probe {
    /// Folder of a trained run
    pub run: PathBuf,
    /// Which weights: last, or best (of the lowest validation loss)
    #[arg(long, value_name = "WHICH", default_value = "last")]
    pub weights: String,
    /// Which member of a run with several seeds [default: the first]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// How many of the largest eigenvalues of the Hessian
    #[arg(
        long,
        value_name = "K",
        allow_negative_numbers = true,
        default_value_t = 5,
        help_heading = "What is measured"
    )]
    pub top: usize,
    /// Most training rows that are measured on; of more, N evenly spaced ones are taken
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = downhill_run::diagnostics::MOST_ROWS, help_heading = "What is measured")]
    pub rows: usize,
    /// Also the loss along random directions and over the plane of two
    #[arg(long, help_heading = "What is measured")]
    pub slices: bool,
    /// Also the path of training: repeats the run, and so measures the optimizer's preconditioner too
    #[arg(long, help_heading = "What is measured")]
    pub path: bool,
    /// Points a side of a plane; a slice has four times as many
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 41,
        help_heading = "What is measured"
    )]
    pub points: usize,
    /// Worker threads; never changes a result [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Folder for figures and page [default: RUN/probe]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// Print one JSON object instead of the table
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// No talk on standard error
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
}

/// `downhill reproduce`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  downhill list experiments\n  downhill reproduce saddle-escape\n  \
                        downhill reproduce --all\n\n\
                        Exit status: 0 all came out, 1 at least one did not, 2 wrong usage.")]
pub struct Reproduce {
    /// Experiments, as `downhill list experiments` names them
    #[arg(value_name = "NAME", conflicts_with = "all")]
    pub names: Vec<String>,
    /// Run every experiment there is
    #[arg(long)]
    pub all: bool,
    /// First seed of the experiments that draw numbers
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    pub seed: u64,
    /// Folder for pages, pictures and records
    #[arg(long, value_name = "PATH", default_value = "runs/reproduce")]
    pub out: PathBuf,
    /// Worker threads; never changes a result [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Print a JSON list instead of tables
    #[arg(long)]
    pub json: bool,
    /// No talk on standard error
    #[arg(long, short)]
    pub quiet: bool,
}

/// `downhill report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Folders of trained runs, or of comparisons
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
    /// The picture of runs; an older file of that name is replaced [default: comparison.svg, or with one run its own
    /// curves.svg; none beside --json and --markdown]. For several comparisons the folder of their common report
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Print the table, or a comparison's verdict, as Markdown
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Print the runs' records, or a comparison's verdict, as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `downhill check`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  downhill check adam\n  downhill check sam:base=momentum --dtype f64\n  \
                        downhill check adam:lr=0.1 --reference adam.csv --reference-on rosenbrock20\n\n\
                        Exit status: 0 all passed, 1 something failed, 2 wrong usage or input.")]
pub struct Check {
    /// The optimizer, as in `train -o`
    #[arg(value_name = "SPEC", required_unless_present = "all", conflicts_with = "all")]
    pub spec: Option<String>,
    /// Check every optimizer there is, a line each
    #[arg(long)]
    pub all: bool,
    /// Precision of parameters, gradients and state
    #[arg(long, value_name = "DTYPE", default_value = "both")]
    pub dtype: Dtypes,
    /// Compare with a path in a CSV file with the columns step,x,y; its first row, step 0, is the start
    #[arg(long, value_name = "FILE", requires = "reference_on", conflicts_with = "all")]
    pub reference: Option<PathBuf>,
    /// The function on which that path was computed: rosenbrock20 is (1-x)^2 + 20(y-x^2)^2, bowl10 is (x^2 + 10y^2)/2
    #[arg(long, value_name = "NAME", requires = "reference")]
    pub reference_on: Option<String>,
    /// Do not time steps
    #[arg(long)]
    pub no_cost: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// The precisions of a check.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Dtypes {
    /// 32 bits.
    F32,
    /// 64 bits.
    F64,
    /// One after the other.
    Both,
}

/// `downhill list`.
#[derive(Args, Debug)]
pub struct List {
    /// What to show
    pub what: What,
    /// Show the page of one optimizer: equations, hyperparameters, what it needs
    #[arg(value_name = "OPTIMIZER")]
    pub name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum What {
    /// Optimizers with their hyperparameters.
    Optimizers,
    /// Data sets with their parameters, sources and licences.
    Datasets,
    /// Landscapes with their formulas and parameters.
    Landscapes,
    /// Learning-rate schedules.
    Schedules,
    /// Activation functions.
    Activations,
    /// Initialisers.
    Initialisers,
    /// Losses.
    Losses,
    /// Experiments with their sources.
    Experiments,
}

/// `downhill completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// `downhill man`.
#[derive(Args, Debug)]
pub struct Man {
    /// Folder for the pages
    #[arg(default_value = "man")]
    pub out: PathBuf,
}
