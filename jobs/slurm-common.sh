# shellcheck shell=bash
# slurm-common.sh -- sourced by jobs/slurm-*.sh in the repository's folder: what all of them do, and why.
#
# Before its time is up Slurm sends SIGUSR1 to the batch script (--signal=B:USR1@300: 300 s before, up to a minute earlier).
# The program then writes a checkpoint and ends with 75, and the job sees to it that it goes on: nothing is to be done by hand.
# SIGTERM (scancel, preemption) also ends with a checkpoint, but then the job stays away until somebody resubmits it.
#   PW_MODULES='openmpi fftw ...'   modules to load; or write them here, once for all scripts:
modules=${PW_MODULES:-}
#   PW_LAUNCH='srun --mpi=pmix'     instead of mpirun
#   PW_RESTARTS=100                 a job is not put back into the queue more often than this
if [ -n "$modules" ]; then
    # shellcheck disable=SC2086
    module load $modules
fi
say() { printf '%s  job %s, start %s: %s\n' "$(date -Is)" "$job" "${SLURM_RESTART_COUNT:-0}" "$*"; }

# Of an array, SLURM_JOB_ID of one task is also the name of the whole array.
job=${SLURM_JOB_ID:-none}
[ -z "${SLURM_ARRAY_TASK_ID:-}" ] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
code=0 cancelled=0

# slurm_run ARGUMENT...: `paddlewheel run ARGUMENT... --resume` on the job's nodes; its exit code is left in $code.
slurm_run() {
    local asked=0 child=
    say "paddlewheel run $* --resume, on ${SLURM_NTASKS:-?} ranks of ${SLURM_JOB_NODELIST:-this machine}"
    trap 'asked=1; [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null' USR1
    trap 'asked=1 cancelled=1; [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null' TERM INT
    jobs/run.sh run "$@" --resume &
    child=$!
    [ $asked -eq 0 ] || kill -USR1 "$child"
    while wait "$child"; [ $? -gt 128 ] && kill -0 "$child" 2>/dev/null; do :; done
    wait "$child" # bash remembers the exit code
    code=$?
    say "exit code $code$([ $cancelled -eq 0 ] || echo ', cancelled: stays away')"
}

# Is the work to go on by itself? After a stop in time; after a death by a signal (128 + its number) unless it follows upon
# three others and came at once.
slurm_goes_on() {
    [ $cancelled -eq 0 ] || return 1
    if [ $code -gt 128 ]; then
        [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ] || [ $SECONDS -gt 600 ]
    else
        [ $code -eq 75 ]
    fi
}

# End the job; back into the queue if it is to go on.
slurm_end() {
    if slurm_goes_on; then
        if [ "${SLURM_RESTART_COUNT:-0}" -ge "${PW_RESTARTS:-100}" ]; then
            say "not put back: it was already started ${SLURM_RESTART_COUNT} times (PW_RESTARTS)"
        else
            say "back into the queue"
            scontrol requeue "$job" && exit 0
        fi
    fi
    exit $code
}
