#!/usr/bin/env bash
# A damaged checkpoint is noticed: the one before it is taken with a warning; with none left there is one clear error.
. "$SOURCE/tests/cli/lib.sh"
study 's/duration: 0.4 ps/checkpoint_steps: 50\n    segment_frames: 1\n    duration: 0.4 ps/'
works 1 run study.yaml --output whole
works 1 run study.yaml --only gamma
on 1 run study.yaml --stop-after-checks 15
[ "$status" -eq 75 ] && [ -e out/hot/checkpoint.bin.previous ] || fail "no two checkpoints to damage"
cp -r out stopped

# flip FILE: change one bit in its middle
flip() {
    local at=$(($(stat -c %s "$1") / 2)) byte
    byte=$(od -An -tu1 -j $at -N 1 "$1")
    printf "\\x$(printf %02x $((byte ^ 4)))" | dd of="$1" bs=1 seek=$at conv=notrunc status=none
}

for ranks in 1 4; do
    rm -rf out && cp -r stopped out
    flip out/hot/checkpoint.bin
    works $ranks run study.yaml --resume
    grep -q 'out/hot/checkpoint.bin: not a whole checkpoint: the checksum does not match (truncated or corrupted); going on from out/hot/checkpoint.bin.previous' "$said/err" ||
        fail "no warning on $ranks ranks: $(head -n 5 "$said/err")"
    grep -q resumed "$said/err" || fail "it did not resume"
    [ $ranks -eq 1 ] && same_data "from the checkpoint before" whole/hot/trajectory.h5 out/hot/trajectory.h5

    rm -rf out && cp -r stopped out
    flip out/hot/checkpoint.bin
    truncate -s 100 out/hot/checkpoint.bin.previous
    cp -r out damaged
    on $ranks run study.yaml --resume
    says 4 "file error: stage hot: out/hot/checkpoint.bin: not a whole checkpoint: the checksum does not match (truncated or corrupted); and out/hot/checkpoint.bin.previous: not a whole checkpoint: ...; without --resume the stage starts anew"
    diff -r damaged out || fail "something was changed"
    rm -r damaged
done
works 1 run study.yaml
same_data "from the beginning" whole/hot/trajectory.h5 out/hot/trajectory.h5

# a checkpoint of other options is not taken
rm -rf out && cp -r stopped out
sed -i 's/310 K/320 K/' study.yaml
works 1 run study.yaml --resume
grep -q 'out/hot/checkpoint.bin belongs to other options or another version of the program; the stage starts anew' "$said/err" ||
    fail "no warning about other options: $(head -n 5 "$said/err")"

# a segment that goes with a checkpoint is lost or cut off; the file that shows them all is made again
sed -i 's/320 K/310 K/' study.yaml
for ranks in 1 4; do
    rm -rf out && cp -r stopped out
    rm out/hot/trajectory/000002.h5
    on $ranks run study.yaml --resume
    says 4 "file error: stage hot: out/hot/trajectory/000002.h5: cannot be opened: No such file or directory"
    rm -rf out && cp -r stopped out
    truncate -s 3000 out/hot/trajectory/000001.h5
    on $ranks run study.yaml --resume
    says 4 "file error: stage hot: out/hot/trajectory/000001.h5: not an HDF5 file, or truncated, or not closed; make it again"
    rm -rf out && cp -r stopped out
    rm out/hot/trajectory.h5
    works $ranks run study.yaml --resume
    [ $ranks -eq 1 ] && same_data "its trajectory.h5 was lost" whole/hot/trajectory.h5 out/hot/trajectory.h5
done

# a segment is lost afterwards: no numbers are made up
mv out moved
works 1 analyse msd --trajectory moved/hot/trajectory.h5 --write msd.h5 --options 'tmax: 0.1 ps'
truncate -s -20000 moved/hot/trajectory/000002.h5
on 1 analyse msd --trajectory moved/hot/trajectory.h5 --write none.h5 --options 'tmax: 0.1 ps'
says 4 "file error: moved/hot/trajectory.h5: frame 6: its segment is missing or damaged; keep the folder trajectory beside this file"
finish
