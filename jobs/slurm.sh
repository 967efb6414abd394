#!/usr/bin/env bash
# A study as a Slurm job that goes on by itself: five minutes before its time is up Slurm sends SIGUSR1 to this script, the
# program writes a checkpoint and ends with 75, and the job is put back into the queue, to go on from there.
#   sbatch [--nodes=2 --time=2:00:00 ...] jobs/slurm.sh STUDY.yaml [further options of `paddlewheel run`]
# from the repository's folder, after `jobs/setup.sh` (it says which modules to load) and
#   cmake --preset release -DPW_MARCH=native && cmake --build build/release --target paddlewheel
#   PW_LAUNCH='srun --mpi=pmix'   instead of mpirun      PW_MODULES='openmpi fftw ...'   modules to load
#SBATCH --job-name=paddlewheel
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=16
#SBATCH --cpus-per-task=1
#SBATCH --time=24:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
set -uo pipefail
cd "${SLURM_SUBMIT_DIR:-$(dirname "$0")/..}" || exit 4
[ $# -gt 0 ] || { echo "usage: sbatch jobs/slurm.sh STUDY.yaml [options of paddlewheel run]" >&2; exit 2; }
if [ -n "${PW_MODULES:-}" ]; then
    # shellcheck disable=SC2086
    module load $PW_MODULES
fi
say() { printf '%s  job %s, start %s: %s\n' "$(date -Is)" "${SLURM_JOB_ID:-?}" "${SLURM_RESTART_COUNT:-0}" "$*"; }

say "paddlewheel run $* on ${SLURM_NTASKS:-?} ranks of ${SLURM_JOB_NODELIST:-this machine}"
asked=0 child=
trap 'asked=1; [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null' USR1 TERM INT
jobs/run.sh run "$@" --resume &
child=$!
[ $asked -eq 0 ] || kill -USR1 "$child"
while wait "$child"; [ $? -gt 128 ] && kill -0 "$child" 2>/dev/null; do :; done
wait "$child"
code=$?
say "exit code $code"
if [ $code -eq 75 ]; then
    if [ "${SLURM_RESTART_COUNT:-0}" -ge "${PW_RESTARTS:-100}" ]; then
        say "not put back: it was already started ${SLURM_RESTART_COUNT} times (PW_RESTARTS)"
    else
        say "stopped in time; back into the queue"
        scontrol requeue "$SLURM_JOB_ID" && exit 0
    fi
fi
exit $code
