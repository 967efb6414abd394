#!/usr/bin/env bash
# SIGUSR1, SIGTERM, SIGINT and a wall-time limit end a run in time: exit code 75, a checkpoint, and --resume finishes it.
. "$SOURCE/tests/cli/lib.sh"
study 's/duration: 0.4 ps/duration: 6 ps/'
works 1 run study.yaml --only gamma

# until_there FILE: wait for it, at most a minute
until_there() {
    for _ in $(seq 600); do
        [ -e "$1" ] && return
        sleep 0.1
    done
    fail "$1 did not appear"
}

# stopped REASON: the last run ended so, and left what is needed to go on
stopped() {
    says 75 "stopped: stage hot: stopped by $1 at step ... of 3000, checkpoint written; go on with --resume"
    [ -e out/hot/checkpoint.bin ] || fail "no checkpoint after $1"
    [ -e out/hot/stage.txt ] && fail "a stopped stage vouches for itself after $1"
    [ -z "$(find . -name '*.part')" ] || fail "half-written files after $1"
}

# finished: the run that goes on from there ends well, with all frames
finished() {
    works "$1" run study.yaml --resume
    grep -q resumed "$said/err" || fail "it did not resume"
    [ -e out/hot/stage.txt ] && [ ! -e out/hot/checkpoint.bin ] || fail "not finished after --resume"
    h5dump -H -d /particles/all/position/step out/hot/trajectory.h5 | grep -q '( 301 )' || fail "not all 301 frames"
    rm -r out/hot
}

for signal in USR1 TERM INT; do
    "$PADDLEWHEEL" run study.yaml >"$said/out" 2>"$said/err" &
    process=$!
    until_there out/hot/trajectory/000001.h5.part
    kill -$signal $process
    wait $process
    status=$?
    stopped SIG$signal
    finished 1
done

# mpirun hands SIGUSR1 on
"$MPIEXEC" -n 2 "$PADDLEWHEEL" run study.yaml >"$said/out" 2>"$said/err" &
process=$!
until_there out/hot/trajectory/000001.h5.part
kill -USR1 $process
wait $process
status=$?
stopped SIGUSR1
finished 2

for ranks in 1 2; do
    on $ranks run study.yaml --wall-time '0.1 s'
    stopped "wall-time limit"
    finished $ranks
done

# Open MPI's mpirun meets SIGTERM with SIGTERM to the ranks, then waits before it kills; its exit code is its own.
study 's/duration: 0.4 ps/duration: 100 ps/'
"$MPIEXEC" --version | grep -q 'Open MPI' && {
    OMPI_MCA_odls_base_sigkill_timeout=2 "$MPIEXEC" -n 2 "$PADDLEWHEEL" run study.yaml >"$said/out" 2>"$said/err" &
    process=$!
    until_there out/hot/trajectory/000001.h5.part
    kill -TERM $process
    wait $process && fail "mpirun ends with 0 after SIGTERM"
    [ -e out/hot/checkpoint.bin ] || fail "no checkpoint after SIGTERM to mpirun"
    grep -q 'stopped: stage hot: stopped by SIGTERM at step' "$said/err" || fail "no word of the stop: $(tail -n 3 "$said/err")"
}
finish
