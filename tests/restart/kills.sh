#!/usr/bin/env bash
# A run on 2 ranks killed with SIGKILL at random times, again and again: every closed segment can be read, every resumption
# works, and the end has the same bytes as the run that was not killed. KILLS: how often (tests/slow/kill100.sh: 100).
. "$SOURCE/tests/cli/lib.sh"
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

nothing_broken() {
    /usr/bin/python3 readable.py 2>"$said/python" || fail "a closed segment after $1: $(tail -n 1 "$said/python")"
}
whole_again() {
    local file
    for file in trajectory result sample; do
        same_data "$1" "whole/hot/$file.h5" "out/hot/$file.h5"
    done
}
survive "${KILLS:-4}" 2 $whole hot/trajectory hot
finish
