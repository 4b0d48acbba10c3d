#!/bin/sh
# A comparison as five processes on one machine, or with --sshlogin on several that share the folder: `sh parallel.sh`.
seq 5 | parallel --jobs 5 \
  "${DOWNHILL:-downhill}" compare digits wine -o sgd -o adam --threads 1 --quiet --shard "{}/5" --out "${OUT:-study}"
"${DOWNHILL:-downhill}" compare digits wine -o sgd -o adam --quiet --out "${OUT:-study}"
