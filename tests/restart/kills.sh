#!/usr/bin/env bash
# A run on 2 ranks killed with SIGKILL at random times, again and again: every closed segment can be read, every resumption
# works, and the end has the same bytes as the run that was not killed. KILLS: how often (tests/slow/kill100.sh: 100).
. "$SOURCE/tests/cli/lib.sh"
kills=${KILLS:-4}
seed=${SEED:-$RANDOM}
RANDOM=$seed
/usr/bin/python3 -c 'import h5py' 2>/dev/null || skip "h5py is not here"
study 's/duration: 0.4 ps/checkpoint_steps: 20\n    segment_frames: 4\n    duration: 1.2 ps/'
begun=$(date +%s%N)
works 2 run study.yaml --output whole
whole=$((($(date +%s%N) - begun) / 1000000)) # ms

# readable: every segment under its own name has frames without gaps, and all numbers in them
cat >readable.py <<'PY'
import glob, h5py, numpy, sys
for name in sorted(glob.glob("out/hot/trajectory/*.h5")):
    with h5py.File(name) as file:
        step = file["particles/all/position/step"][()]
        for data in ("all/position", "bh4/position", "bh4/orientation"):
            value = file[f"particles/{data}/value"][()]
            assert len(value) == len(step) and numpy.isfinite(value).all(), (name, data)
        assert (numpy.diff(step) == 10).all(), (name, step)
PY

# run_and_kill: start or go on with 2 ranks, and kill both at a random time, at most as long as the whole run takes
run_and_kill() {
    "$MPIEXEC" -n 2 "$PADDLEWHEEL" run study.yaml --resume >"$said/out" 2>"$said/err" </dev/null &
    local launcher=$! ranks after=$((RANDOM * whole / 32768))
    sleep "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))"
    ranks=$(pgrep -P $launcher)
    # shellcheck disable=SC2086
    kill -KILL $ranks $launcher 2>/dev/null
    wait $launcher 2>/dev/null
}

killed=0 ended=0 early=0
while [ $killed -lt "$kills" ]; do
    run_and_kill
    if [ -e out/hot/stage.txt ]; then # it was quicker than the kill: again from the beginning
        same_data "a run that ended (seed $seed)" whole/hot/trajectory.h5 out/hot/trajectory.h5
        ended=$((ended + 1))
        rm -r out
        continue
    fi
    if [ ! -e out/hot/trajectory ]; then # before there was anything to lose
        early=$((early + 1))
        continue
    fi
    killed=$((killed + 1))
    /usr/bin/python3 readable.py 2>"$said/python" || fail "a closed segment after kill $killed (seed $seed): $(tail -n 1 "$said/python")"
    grep -q '^paddlewheel: ' "$said/err" && fail "kill $killed (seed $seed): $(grep '^paddlewheel: ' "$said/err")"
    [ "$failures" -eq 0 ] || break
done
works 2 run study.yaml --resume
for file in trajectory result sample; do
    same_data "after $killed kills (seed $seed)" "whole/hot/$file.h5" "out/hot/$file.h5"
done
[ -z "$(find . -name '*.part')" ] || fail "left over: $(find . -name '*.part' | tr '\n' ' ')"
echo "$killed kills; besides, $early before the stage began and $ended runs that ended first"
finish
