# shellcheck shell=bash
# lib.sh -- sourced by the tests in this folder: a Slurm of their own (start.sh), a copy of the repository to submit from.
# By hand:  PADDLEWHEEL=build/release/src/app/paddlewheel SOURCE=$PWD MPIEXEC=mpirun tests/slurm/NAME.sh
SOURCE=$(cd "$SOURCE" && pwd) PADDLEWHEEL=$(realpath "$PADDLEWHEEL")
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
"$SOURCE/tests/slurm/start.sh" "$work/slurm" >"$said/start" 2>&1
case $? in
0) ;;
77) skip "$(tail -n 1 "$said/start")" ;;
*)
    cat "$said/start"
    exit 1
    ;;
esac
trap '"$SOURCE/tests/slurm/stop.sh" "$work/slurm"; rm -rf "$work" "$said"' EXIT
# shellcheck disable=SC1091
. "$work/slurm/env"
mkdir repository && cd repository || exit 1
cp -r "$SOURCE/jobs" "$SOURCE/inputs" "$SOURCE/potentials" .
mkdir -p build/release/src/app
ln -s "$PADDLEWHEEL" build/release/src/app/paddlewheel
export PADDLEWHEEL
# the two nodes are one machine
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
# what a login shell of a user would not have
unset PW_RANKS OMPI_MCA_odls_base_sigkill_timeout OMPI_MCA_rmaps_base_oversubscribe OMP_NUM_THREADS

log() { cat ./*-"$1".log 2>/dev/null; }
state() { squeue -h -j "$1" -o %T 2>/dev/null; }
# tail of everything that could say why
why() { tail -n 5 ./*.log "$work"/slurm/*.log; }

# until_true SECONDS COMMAND...
until_true() {
    local last=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $last ] || return 1
        sleep 0.2
    done
}
gone() { ! state "$1" | grep -qvE '^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL)$'; }
# ends JOB SECONDS: the job is over by then, requeues included
ends() { until_true "$2" gone "$1" || fail "job $1 is not over after $2 s, but $(state "$1"): $(why)"; }
# record JOB: how it ended, as "COMPLETED 0:0"
record() { scontrol -o show job "$1" | sed -E 's/.*JobState=([A-Z_]+).*ExitCode=([0-9:]+).*/\1 \2/'; }
was() { [ "$(record "$1")" = "$2" ] || fail "job $1 ended as '$(record "$1")', not '$2': $(log "$1"; why)"; }
says_log() { log "$1" | grep -qE -- "$2" || fail "the log of job $1 does not say '$2': $(log "$1")"; }

# long PICOSECONDS: study.yaml of that length, a checkpoint every half a ps
long() { study "s/duration: 0.4 ps/checkpoint_steps: 250\n    duration: $1 ps/; s/sample_every: .*/sample_every: 0.1 ps/"; }
# at_work: some steps of it have been done
at_work() { until_true 60 test -e out/hot/checkpoint.bin || fail "no checkpoint after a minute: $(why)"; }

# ranks_of WORD...: process ids of our own programs that have this word among their arguments
ranks_of() {
    local pid
    for pid in $(pgrep -x paddlewheel); do
        [ "$(readlink "/proc/$pid/cwd")" = "$PWD" ] && tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF -- "$1" && echo "$pid"
    done
}

# direct FOLDER: study.yaml without Slurm, in one piece
direct() { "$PADDLEWHEEL" run study.yaml --output "$1" >"$said/out" 2>"$said/err" </dev/null || fail "without Slurm: $(tail -n 3 "$said/err")"; }

# same_frames WHAT FOLDER FOLDER: two runs left the same frames and log lines, none lost and none twice. Their bytes differ in
# rounding: only a stop at a multiple of checkpoint_steps leaves no trace, and a signal comes when it comes.
same_frames() {
    diff <(h5ls -r "$2/hot/trajectory.h5") <(h5ls -r "$3/hot/trajectory.h5") >"$said/diff" || fail "$1: $(head -n 4 "$said/diff")"
    local which
    for which in step time; do
        h5diff "$2/hot/trajectory.h5" "$3/hot/trajectory.h5" "/particles/all/position/$which" >"$said/diff" 2>&1 || fail "$1: $which: $(head -n 4 "$said/diff")"
        h5diff "$2/hot/trajectory.h5" "$3/hot/trajectory.h5" "/parameters/log/conserved_energy/$which" >"$said/diff" 2>&1 ||
            fail "$1: $which of the log: $(head -n 4 "$said/diff")"
    done
}
