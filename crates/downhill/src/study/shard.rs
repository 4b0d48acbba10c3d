//! The part of a comparison that this process runs.

use crate::failure::{Failure, Outcome};
use downhill_study::Shard;
use std::env;

/// The variables of an array job: the index and, where the scheduler has them, number of jobs, first index, last index,
/// distance between indices.
struct Scheduler {
    name: &'static str,
    index: &'static str,
    count: Option<&'static str>,
    first: First,
    last: Option<&'static str>,
    step: Option<&'static str>,
    /// Whether the user chooses the indices, and so may submit some of them again.
    chosen: bool,
}

/// The first index.
enum First {
    At(u64),
    In(&'static str),
}

const SCHEDULERS: [Scheduler; 10] = [
    Scheduler {
        name: "Slurm",
        index: "SLURM_ARRAY_TASK_ID",
        count: Some("SLURM_ARRAY_TASK_COUNT"),
        first: First::In("SLURM_ARRAY_TASK_MIN"),
        last: None,
        step: Some("SLURM_ARRAY_TASK_STEP"),
        chosen: true,
    },
    Scheduler {
        name: "Grid Engine",
        index: "SGE_TASK_ID",
        count: None,
        first: First::In("SGE_TASK_FIRST"),
        last: Some("SGE_TASK_LAST"),
        step: Some("SGE_TASK_STEPSIZE"),
        chosen: true,
    },
    Scheduler {
        name: "LSF",
        index: "LSB_JOBINDEX",
        count: None,
        first: First::At(1),
        last: Some("LSB_JOBINDEX_END"),
        step: Some("LSB_JOBINDEX_STEP"),
        chosen: true,
    },
    Scheduler {
        name: "AWS Batch",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
        first: First::At(0),
        last: None,
        step: None,
        chosen: false,
    },
    Scheduler {
        name: "Google Batch",
        index: "BATCH_TASK_INDEX",
        count: Some("BATCH_TASK_COUNT"),
        first: First::At(0),
        last: None,
        step: None,
        chosen: false,
    },
    Scheduler {
        name: "Cloud Run",
        index: "CLOUD_RUN_TASK_INDEX",
        count: Some("CLOUD_RUN_TASK_COUNT"),
        first: First::At(0),
        last: None,
        step: None,
        chosen: false,
    },
    Scheduler {
        name: "Kubernetes",
        index: "JOB_COMPLETION_INDEX",
        count: Some("JOB_COMPLETIONS"),
        first: First::At(0),
        last: None,
        step: None,
        chosen: false,
    },
    Scheduler {
        name: "PBS",
        index: "PBS_ARRAY_INDEX",
        count: None,
        first: First::At(0),
        last: None,
        step: None,
        chosen: true,
    },
    Scheduler {
        name: "Torque",
        index: "PBS_ARRAYID",
        count: None,
        first: First::At(0),
        last: None,
        step: None,
        chosen: true,
    },
    Scheduler {
        name: "Open MPI",
        index: "OMPI_COMM_WORLD_RANK",
        count: Some("OMPI_COMM_WORLD_SIZE"),
        first: First::At(0),
        last: None,
        step: None,
        chosen: false,
    },
];

/// Reads `--shard`: `2/5`, `auto`, or `auto/5` where the scheduler does not tell the number of jobs.
///
/// # Errors
/// When the text is none of these, or `auto` finds no array job.
pub fn read(text: &str) -> Outcome<Shard> {
    read_with(text, &|name| env::var(name).ok())
}

fn read_with(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Outcome<Shard> {
    let wrong = || {
        Failure::usage(format!(
            "--shard is `{text}`, but must be I/N with I from 1 to N, such as 2/5, or auto, or auto/N"
        ))
    };
    let (number, of) = text.split_once('/').map_or((text, None), |(number, of)| (number, Some(of)));
    let of = of.map(|of| of.parse::<usize>().ok().filter(|of| *of >= 1).ok_or_else(wrong)).transpose()?;
    if number == "auto" {
        return automatic(of, variable);
    }
    match (number.parse::<usize>(), of) {
        (Ok(number), Some(of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
        _ => Err(wrong()),
    }
}

fn automatic(said: Option<usize>, variable: &dyn Fn(&str) -> Option<String>) -> Outcome<Shard> {
    let Some(scheduler) = SCHEDULERS.iter().find(|s| variable(s.index).is_some_and(|value| value != "undefined"))
    else {
        let known: Vec<String> = SCHEDULERS.iter().map(|s| format!("{} ({})", s.name, s.index)).collect();
        return Err(Failure::usage(format!(
            "--shard auto finds no array job; it knows the variables of {}; say --shard I/N",
            known.join(", ")
        )));
    };
    let number =
        |name: &str| -> Outcome<Option<u64>> {
            match variable(name) {
                None => Ok(None),
                Some(value) => value.trim().parse().map(Some).map_err(|_| {
                    Failure::usage(format!("--shard auto: {name} is `{value}`, but must be a whole number"))
                }),
            }
        };
    let index = number(scheduler.index)?.unwrap_or(0);
    let first = match scheduler.first {
        First::At(first) => first,
        First::In(name) => number(name)?.unwrap_or(0),
    };
    let step = scheduler.step.map(number).transpose()?.flatten().unwrap_or(1).max(1);
    let last = scheduler.last.map(number).transpose()?.flatten();
    let counted = scheduler.count.map(number).transpose()?.flatten();
    let counted = counted.or(last.map(|last| last.saturating_sub(first) / step + 1)).map(|count| count as usize);
    let Some(of) = said.or(counted) else {
        return Err(Failure::usage(format!(
            "--shard auto: {} says which job this is ({}={index}), but not of how many; say --shard auto/N",
            scheduler.name, scheduler.index
        )));
    };
    if let (Some(of), true) = (said, scheduler.chosen) {
        // When part of an array is submitted again only the indices remain known: they count from 1, and 0 is the
        // last shard, so that an array from 0 has every shard too.
        return match index as usize {
            index @ 1.. if index <= of => Ok(Shard { number: index, of }),
            0 => Ok(Shard { number: of, of }),
            _ => Err(Failure::usage(format!(
                "--shard auto/{of}: {}={index}, but {of} jobs have the indices 1 to {of}, or 0 to {}",
                scheduler.index,
                of - 1
            ))),
        };
    }
    let place = (index.saturating_sub(first) / step) as usize + 1;
    if index < first || place > of {
        return Err(Failure::usage(format!(
            "--shard auto: {}={index} is job {place} of {of}: the number of jobs is wrong",
            scheduler.index
        )));
    }
    Ok(Shard { number: place, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str, variables: &[(&str, &str)]) -> Result<(usize, usize), String> {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string());
        read_with(text, &find).map(|s| (s.number, s.of)).map_err(|f| f.message)
    }

    #[test]
    fn a_shard_is_said_or_read_from_the_array_job() {
        assert_eq!(shard("2/5", &[]), Ok((2, 5)));
        let slurm = [("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "1")];
        assert_eq!(shard("auto", &[slurm.as_slice(), &[("SLURM_ARRAY_TASK_STEP", "2")]].concat()), Ok((4, 4)));
        assert_eq!(shard("auto/3", &[("JOB_COMPLETION_INDEX", "0")]), Ok((1, 3)));
        let engine = [("SGE_TASK_ID", "3"), ("SGE_TASK_FIRST", "1"), ("SGE_TASK_LAST", "9")];
        assert_eq!(shard("auto", &engine), Ok((3, 9)));
        let again = |index: &'static str| {
            let min = ("SLURM_ARRAY_TASK_MIN", "3");
            shard("auto/5", &[("SLURM_ARRAY_TASK_ID", index), ("SLURM_ARRAY_TASK_COUNT", "2"), min])
        };
        assert_eq!([again("3"), again("4"), again("0")], [Ok((3, 5)), Ok((4, 5)), Ok((5, 5))]);
        assert!(again("6").unwrap_err().contains("the indices 1 to 5, or 0 to 4"));
        let aws = [("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "3")];
        assert_eq!(shard("auto", &aws), Ok((3, 3)));
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["0/3", "4/3", "3", "a/b", "1/0", "auto/0"] {
            assert!(shard(text, &[]).unwrap_err().contains("must be I/N"), "{text}");
        }
        assert!(shard("auto", &[]).unwrap_err().contains("finds no array job"));
        assert!(shard("auto", &[("JOB_COMPLETION_INDEX", "0")]).unwrap_err().contains("say --shard auto/N"));
        assert!(shard("auto/2", &[("JOB_COMPLETION_INDEX", "5")]).unwrap_err().contains("the number of jobs is wrong"));
    }
}
