#!/usr/bin/env bash
# mpirun paddlewheel, in a way that can be stopped: Ctrl-C, SIGTERM and SIGUSR1 reach the program as SIGUSR1, which ends
# with a checkpoint and exit code 75; asked a second time, mpirun kills. By itself mpirun of Open MPI 4 ends with exit
# code 1 after SIGTERM and SIGINT, whatever the program says.
#   jobs/run.sh run STUDY.yaml [--resume] ...
#   PW_RANKS=n        ranks (default: all cores, or the tasks of the Slurm job)
#   PW_LAUNCH='...'   another launcher, with all its options, for example 'srun --mpi=pmix'
#   PADDLEWHEEL=...   the program (default build/release/src/app/paddlewheel)
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=jobs/mpi-environment.sh
. "$here/mpi-environment.sh"

ranks=${PW_RANKS:-${SLURM_NTASKS:-$(nproc)}}
[ -n "${SLURM_JOB_ID:-}" ] || mpi_ranks "$ranks"
read -ra launch <<<"${PW_LAUNCH:-mpirun -n $ranks}"
program=${PADDLEWHEEL:-$here/../build/release/src/app/paddlewheel}

asked=0 child='' again=''
stop() {
    asked=$((asked + 1))
    [ -n "$child" ] || return
    if [ $asked -eq 1 ]; then
        echo "run.sh: asked to stop; the program writes a checkpoint (ask again to kill it)" >&2
        kill -USR1 "$child" 2>/dev/null
        # once more, in case it was just being started and could not yet hear
        (for pause in 1 2 4; do sleep $pause; kill -USR1 "$child" || exit; done) >/dev/null 2>&1 &
        again=$!
    else
        kill -TERM "$child" 2>/dev/null
    fi
}
trap stop INT TERM USR1

setsid "${launch[@]}" "$program" "$@" & # a session of its own: Ctrl-C reaches this script only
child=$!
[ $asked -eq 0 ] || { asked=0 && stop; }
while wait "$child"; [ $? -gt 128 ] && kill -0 "$child" 2>/dev/null; do :; done
wait "$child" # bash remembers the exit code
code=$?
[ -z "$again" ] || kill "$again" 2>/dev/null
# The launcher was not yet listening, or broke down because its program was not (ORTE's "unreachable", 256 - 12): nothing had
# been done that could be lost.
if [ $asked -gt 0 ] && { [ $code -eq $((128 + $(kill -l USR1))) ] || [ $code -eq 244 ]; }; then code=75; fi
exit $code
