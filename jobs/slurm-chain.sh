#!/usr/bin/env bash
# A study as a chain of Slurm jobs, for sites that do not let jobs go back into the queue: a job that was stopped in time (exit
# code 75) submits the next one, which goes on from its checkpoint (jobs/slurm-common.sh).
#   sbatch jobs/slurm-chain.sh [STUDY.yaml [further options of `paddlewheel run`]]     from the repository's folder
#   PW_RESTARTS=100    a chain has at most this many links more
#SBATCH --job-name=paddlewheel-chain
#SBATCH --output=%x-%j.log
#SBATCH --nodes=1
#SBATCH --signal=B:USR1@300
#SBATCH --no-requeue
# ---- edit these three lines: cores, time, study
#SBATCH --ntasks=16
#SBATCH --time=24:00:00
study=inputs/heere2020-laptop.yaml
# ----
set -uo pipefail
cd "${SLURM_SUBMIT_DIR:?to be started by sbatch}" || exit 4
. jobs/slurm-common.sh || exit 4
[ $# -gt 0 ] || set -- "$study"
slurm_run "$@"
slurm_goes_on || exit $code
export PW_LINK=$((${PW_LINK:-0} + 1))
if [ "$PW_LINK" -gt "${PW_RESTARTS:-100}" ]; then
    say "no further link: the chain has had $PW_LINK (PW_RESTARTS)"
    exit $code
fi
# with the size of this job, whatever the options it was submitted with
limit=$(squeue -h -j "$SLURM_JOB_ID" -o %l)
say "link $PW_LINK: $(sbatch --ntasks="$SLURM_NTASKS" --time="$limit" --partition="$SLURM_JOB_PARTITION" --export=ALL \
    jobs/slurm-chain.sh "$@" || echo 'not submitted')"
exit $code
