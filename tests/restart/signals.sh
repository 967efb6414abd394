#!/usr/bin/env bash
# SIGUSR1, SIGTERM, SIGINT and a wall-time limit end a run in time: exit code 75, a checkpoint, and --resume finishes it.
. "$SOURCE/tests/cli/lib.sh"
duration=4 # ps of 500 steps
study "s/duration: 0.4 ps/duration: $duration ps/"
works 1 run study.yaml --only gamma

# signalled SIGNAL PROGRAM...: run the study, send the signal to the program while it writes, wait for its end. A run that
# was over before the signal came says nothing: again, with a longer one.
signalled() {
    local signal=$1
    shift
    for _ in 1 2 3 4; do
        "$@" run study.yaml >"$said/out" 2>"$said/err" &
        process=$!
        until [ -e out/hot/trajectory/000001.h5.part ] || ! kill -0 $process 2>"$said/gone"; do sleep 0.05; done
        kill -$signal $process 2>"$said/gone"
        wait $process
        status=$?
        [ -e out/hot/stage.txt ] || return
        rm -r out/hot
        duration=$((4 * duration))
        study "s/duration: 0.4 ps/duration: $duration ps/"
    done
    fail "it was always over before SIG$signal came"
}

# stopped REASON: the last run ended so, and left what is needed to go on
stopped() {
    says 75 "stopped: stage hot: stopped by $1 at step ... of $((500 * duration)), checkpoint written; go on with --resume"
    [ -e out/hot/checkpoint.bin ] || fail "no checkpoint after $1"
    [ -e out/hot/stage.txt ] && fail "a stopped stage vouches for itself after $1"
    [ -z "$(find . -name '*.part')" ] || fail "half-written files after $1"
}

# finished: the run that goes on from there ends well, with all frames
finished() {
    works "$1" run study.yaml --resume
    grep -q resumed "$said/err" || fail "it did not resume"
    [ -e out/hot/stage.txt ] && [ ! -e out/hot/checkpoint.bin ] || fail "not finished after --resume"
    h5dump -H -d /particles/all/position/step out/hot/trajectory.h5 | grep -q "( $((50 * duration + 1)) )" ||
        fail "not all $((50 * duration + 1)) frames"
    rm -r out/hot
}

for signal in USR1 TERM INT; do
    signalled $signal "$PADDLEWHEEL"
    stopped SIG$signal
    finished 1
done

# mpirun hands SIGUSR1 on
signalled USR1 "$MPIEXEC" -n 2 "$PADDLEWHEEL"
stopped SIGUSR1
finished 2

for ranks in 1 2; do
    on $ranks run study.yaml --wall-time '0.1 s'
    stopped "wall-time limit"
    finished $ranks
done

# Open MPI's mpirun meets SIGTERM with SIGTERM to the ranks, then waits before it kills; its exit code is its own.
"$MPIEXEC" --version | grep -q 'Open MPI' && {
    duration=100
    study "s/duration: 0.4 ps/duration: $duration ps/"
    OMPI_MCA_odls_base_sigkill_timeout=2 signalled TERM "$MPIEXEC" -n 2 "$PADDLEWHEEL"
    [ $status -ne 0 ] || fail "mpirun ends with 0 after SIGTERM"
    [ -e out/hot/checkpoint.bin ] || fail "no checkpoint after SIGTERM to mpirun"
    grep -q 'stopped: stage hot: stopped by SIGTERM at step' "$said/err" || fail "no word of the stop: $(tail -n 3 "$said/err")"
}
finish
