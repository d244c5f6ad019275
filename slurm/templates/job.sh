#!/usr/bin/env bash
# One Trawl job. The gate submits this file as it is; everything that differs between jobs comes as an argument.
#   job.sh KIND JOB_DIR AGENT CONFIG PYTHON
# A second start (a requeue, or another job of the same key) finds the lock and does no work.
set -u

kind=$1
job_dir=$2
agent=$3
config=$4
python=$5

if ! mkdir -- "$job_dir/lock" 2>/dev/null; then
  if [ -d "$job_dir/lock" ]; then
    held=$(cat -- "$job_dir/lock/slurm-id" 2>/dev/null)
    # A first start may have died before it wrote its number.
    [ -n "$held" ] || [ "${SLURM_RESTART_COUNT:-0}" -eq 0 ] || held=${SLURM_JOB_ID:-none}
    echo "lock is held by Slurm job ${held:-unknown}: nothing to do"
    # Another job tells its end itself. This very one, requeued, is gone where it ran first, and nobody else says so.
    [ "$held" = "${SLURM_JOB_ID:-none}" ] || exit 0
    exec "$python" "$agent" "$kind" --job-dir "$job_dir" --config "$config" --second-start
  fi
  echo "cannot make $job_dir/lock" >&2
  exit 1
fi
printf '%s\n' "${SLURM_JOB_ID:-none}" >"$job_dir/lock/slurm-id"

# exec: --signal=B:TERM reaches the batch process alone, and that has to be the agent.
exec "$python" "$agent" "$kind" --job-dir "$job_dir" --config "$config"
