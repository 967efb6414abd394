#!/usr/bin/env bash
# Kinetic Monte Carlo: the same bytes on 1, 2, 3 and 7 ranks, and if it is stopped in the midst and resumed on another number.
. "$SOURCE/tests/cli/lib.sh"
kinetic_study
# in_parts STAGE LOOKS LEAST AFTER: goes on with the stage in parts/, stopped after so many looks, on changing ranks until it is done: at least
# LEAST stops, the first resumed after AFTER ('': begun), and the same as in whole/
in_parts() {
    local stops=0 ranks=(1 3 2 7) turn
    for turn in $(seq 12); do
        on ${ranks[turn % 4]} run study.yaml --output parts --only "$1" --resume --stop-after-checks "$2"
        [ "$status" -eq 75 ] || break
        if [ "$turn" -gt 1 ]; then
            grep -q 'resumed after [1-9][0-9]* of ' "$said/err" || fail "$1 did not go on from the checkpoint"
        elif [ -n "$4" ]; then
            grep -q "resumed after $4" "$said/err" || fail "$1 did not go on after $4"
        fi
        stops=$((stops + 1))
    done
    [ "$status" -eq 0 ] && [ $stops -ge "$3" ] || fail "$1: exit code $status after $stops stops"
    same_data "$1, stopped $stops times" whole/"$1"/result.h5 parts/"$1"/result.h5
}
works 1 run study.yaml --output whole
for ranks in 2 3 7; do
    works $ranks run study.yaml --output on$ranks
    for stage in hops turns tiled; do
        same_data "$ranks ranks" whole/$stage/result.h5 on$ranks/$stage/result.h5
    done
done
for ranks in 1 2; do
    rm -rf parts
    works 1 run study.yaml --output parts --only network
    works 1 run study.yaml --output parts --only coupled
    on $ranks run study.yaml --output parts --only hops --stop-after-checks 40
    says 75 "stopped: stage hops: stopped by the requested number of checks after $((2 * ranks)) of 12 replicas, checkpoint written; go on with --resume"
    [ -e parts/hops/checkpoint.bin ] || fail "no checkpoint"
    works $((3 - ranks)) run study.yaml --output parts --only hops --resume
    same_data "$ranks ranks, then another number" whole/hops/result.h5 parts/hops/result.h5
    [ -e parts/hops/checkpoint.bin ] && fail "a finished stage still has its checkpoint"
done

# turns: each rank stops inside its replica (after 5 slices of equilibration and 15 of 16 of the samples), others take it up
on 2 run study.yaml --output parts --only turns --stop-after-checks 20
says 75 "stopped: stage turns: stopped by the requested number of checks after 94 of 153 samples, checkpoint written; go on with --resume"
grep -q '"stage": "turns", "state": "stopped", "step": 94, "target": 153, .*"checkpoint_step": 94' parts/run.json ||
    fail "run.json of the stopped run: $(cat parts/run.json)"
in_parts turns 4 3 '94 of 153 samples'

# tiles stop inside a replica, whether cycles are whole or half; what a checkpoint holds does not depend on ranks
for ranks in 1 3; do
    cp -r parts on$ranks.stopped
    on $ranks run study.yaml --output on$ranks.stopped --only tiled --stop-after-checks 2
    says 75 "stopped: stage tiled: stopped by the requested number of checks after 150 of 660 cycles, checkpoint written; go on with --resume"
done
cmp on{1,3}.stopped/tiled/checkpoint.bin || fail "checkpoints of 1 and 3 ranks differ"
in_parts tiled 2 4 ''
[ -z "$(find parts -name 'checkpoint.bin*')" ] || fail "a finished stage still has its checkpoint"

# the comparison can fail: another seed is another run
sed -i 's/seed: 7/seed: 8/' study.yaml
works 1 run study.yaml --output other
h5diff "${not_data[@]}" other/hops/result.h5 whole/hops/result.h5 >/dev/null && fail "another seed gave the same hops"
finish
