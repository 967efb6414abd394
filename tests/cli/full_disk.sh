#!/usr/bin/env bash
# A disk that fills up at any file: one line with place and remedy, exit code 4, nothing half-written, no hang; and
# with space again the study goes on. The disk is a small tmpfs where one may be mounted; and a limit on file sizes.
. "$SOURCE/tests/cli/lib.sh"

# failed WHAT: the last run found no space in $place
failed() {
    says 4 "file error: ...; free space on this disk..."
    [ -z "$(find "$place" -name '*.part')" ] || fail "half-written, $1: $(find "$place" -name '*.part' | tr '\n' ' ')"
    [ -e "$place/hot/stage.txt" ] && fail "a failed stage vouches for itself, $1"
}

study 's/duration: 0.4 ps/checkpoint_steps: 50\n    duration: 0.4 ps/'
place="$work/disk"
mkdir "$place"
if mount -t tmpfs -o size=4k none "$place" 2>/dev/null; then
    trap 'cd /; umount "$place" 2>/dev/null; rm -rf "$work" "$said"' EXIT
    for ranks in 1 4; do
        for size in 4k 16k 40k 80k 140k 220k 440k; do # a whole run takes 940 kB
            umount "$place" && mount -t tmpfs -o size=$size none "$place"
            on $ranks run study.yaml --output "$place"
            failed "a disk of $size on $ranks ranks"
        done
        mount -o remount,size=10M "$place"
        works $ranks run study.yaml --output "$place"
    done

    # filled up by something else after a checkpoint: it stays as it was, whatever fails then, and the run goes on from it
    sed -i 's/checkpoint_steps: 50/checkpoint_steps: 50\n    segment_frames: 1/' study.yaml
    works 1 run study.yaml --output whole
    umount "$place" && mount -t tmpfs -o size=10M none "$place"
    works 1 run study.yaml --output "$place" --only gamma
    on 1 run study.yaml --output "$place" --stop-after-checks 10
    [ "$status" -eq 75 ] || fail "no checkpoint to go on from"
    for left in 8 250 400; do # kB: too few to cut the trajectory, for the next segment, for a later one
        rm -f "$place/filler"
        free=$(df --output=avail -k "$place" | tail -n 1)
        dd if=/dev/zero of="$place/filler" bs=1k count=$((free - left)) status=none
        on 1 run study.yaml --output "$place" --resume
        failed "$left kB left after a checkpoint"
    done
    rm "$place/filler"
    works 1 run study.yaml --output "$place" --resume
    grep -q resumed "$said/err" || fail "it did not go on after the disk was full"
    grep -q 'not a whole checkpoint' "$said/err" && fail "a full disk left a damaged checkpoint"
    for file in trajectory result sample; do
        same_data "after a full disk" "whole/hot/$file.h5" "$place/hot/$file.h5"
    done
    umount "$place"
else
    echo "not tested here: no tmpfs can be mounted"
fi

# larger than what MPI itself keeps in files, so a long trajectory
place="$work/limited"
study 's/duration: 0.4 ps/duration: 6 ps/; s/sample_every: 0.02 ps/sample_every: 0.002 ps/; /observables/d'
ulimit -f 8192
on 1 run study.yaml --output "$place"
failed "a limit on file sizes"
finish
