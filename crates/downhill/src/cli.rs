//! The command line.

use crate::options::Options;
use crate::study::options::StudyOptions;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
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
    /// Tune optimizers alike, run fresh seeds, and say which generalises better
    Compare(Box<Compare>),
    /// Lay the curves of runs into one picture and table, or make the report of comparisons again
    Report(Report),
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
    /// With --shard: wait for the other shards' tuning instead of ending without it
    #[arg(long, help_heading = "Run")]
    pub wait: bool,
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

/// `downhill report`.
#[derive(Args, Debug)]
pub struct Report {
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
    /// Learning-rate schedules.
    Schedules,
    /// Activation functions.
    Activations,
    /// Initialisers.
    Initialisers,
    /// Losses.
    Losses,
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
