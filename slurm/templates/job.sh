#!/usr/bin/env bash
# One Trawl job. The gate submits this file as it is; everything that differs between jobs comes as an argument.
#   job.sh KIND JOB_DIR AGENT CONFIG PYTHON
# A second start of the same job (requeue, or a submission whose reply was lost) finds the lock and does nothing.
set -u

kind=$1
job_dir=$2
agent=$3
config=$4
python=$5

if ! mkdir -- "$job_dir/lock" 2>/dev/null; then
  if [ -d "$job_dir/lock" ]; then
    echo "lock is held by Slurm job $(cat -- "$job_dir/lock/slurm-id" 2>/dev/null || echo unknown): nothing to do"
    exit 0
  fi
  echo "cannot make $job_dir/lock" >&2
  exit 1
fi
printf '%s\n' "${SLURM_JOB_ID:-none}" >"$job_dir/lock/slurm-id"

# exec: --signal=B:TERM reaches the batch process alone, and that has to be the agent.
exec "$python" "$agent" "$kind" --job-dir "$job_dir" --config "$config"
