#!/bin/sh
#SBATCH --array=1-5
#SBATCH --cpus-per-task=1
#SBATCH --output=shard-%a.log
# A comparison as five jobs of an array: `sbatch slurm.sh`. Folder and program must be on storage that all nodes share.
# After the last one the same command without --shard gives the verdict. If jobs 3 and 4 failed: `sbatch --array=3,4 slurm.sh`.
exec "${DOWNHILL:-downhill}" compare digits wine -o sgd -o adam --threads 1 --quiet --shard auto/5 --out "${OUT:-study}"
