#!/usr/bin/env bash
# A run killed with SIGKILL, at any moment, goes on from its last checkpoint to the same bytes.
. "$SOURCE/tests/cli/lib.sh"
study 's/duration: 0.4 ps/checkpoint_steps: 100\n    segment_frames: 20\n    duration: 4 ps/'
works 1 run study.yaml --output whole
works 1 run study.yaml --only gamma

# killed FILE: start or go on, and kill soon after the file is there
killed() {
    "$PADDLEWHEEL" run study.yaml --resume >"$said/out" 2>"$said/err" &
    local process=$!
    for _ in $(seq 600); do
        [ -e "$1" ] && break
        sleep 0.05
    done
    sleep "$2"
    kill -KILL $process
    wait $process 2>/dev/null
}

killed out/hot/trajectory/000001.h5.part 0.02
killed out/hot/checkpoint.bin 0.1
killed out/hot/checkpoint.bin.previous 0.3
[ -e out/hot/stage.txt ] && fail "the run ended before it was killed"
works 1 run study.yaml --resume
grep -q resumed "$said/err" || fail "it did not go on from a checkpoint: $(head -n 5 "$said/err")"
for file in trajectory result sample; do
    same_data "after three kills" "whole/hot/$file.h5" "out/hot/$file.h5"
done
[ -z "$(find . -name '*.part')" ] || fail "left over: $(find . -name '*.part' | tr '\n' ' ')"

# one rank of two is killed: mpirun ends with an error, nothing hangs, and the run goes on
rm -r out/hot
timeout -k 5 60 "$MPIEXEC" -n 2 "$PADDLEWHEEL" run study.yaml >"$said/out" 2>"$said/err" &
launcher=$!
for _ in $(seq 600); do
    [ -e out/hot/checkpoint.bin ] && break
    sleep 0.05
done
kill -KILL "$(pgrep -n -P "$(pgrep -P $launcher)")" # timeout started mpirun, mpirun the ranks
wait $launcher && fail "a killed rank went unnoticed"
works 2 run study.yaml --resume
grep -q resumed "$said/err" || fail "it did not go on after a rank was killed"
finish
