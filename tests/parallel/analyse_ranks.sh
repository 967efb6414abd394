#!/usr/bin/env bash
# Observables of one stored trajectory: the same bytes on 1, 2, 4 and 7 ranks, and the same as measured in the run.
. "$SOURCE/tests/cli/lib.sh"
study 's/observables: .*/observables: {isf: {tmax: 0.2 ps}, msd: {tmax: 0.2 ps}, reorient: {tmax: 0.2 ps}, van_hove: {tmax: 0.2 ps}, separation: {tmax: 0.2 ps}, pdf: , current: {temperature: 310 K, blocks: 2}}\n    velocities: true/'
works 2 run study.yaml
for ranks in 1 2 4 7; do
    for observable in isf msd reorient van_hove separation pdf current; do
        options="tmax: 0.2 ps"
        [ $observable = pdf ] && options=
        [ $observable = current ] && options="temperature: 310 K, blocks: 2"
        works $ranks analyse $observable --trajectory out/hot/trajectory.h5 --write $observable-$ranks.h5 --options "$options"
        same_data "$observable on $ranks ranks" $observable-1.h5 $observable-$ranks.h5
    done
done
for observable in isf msd reorient van_hove separation pdf current; do
    # (Bragg lines are labelled with the cell of the sample at hand: double in the run, float32 when read from the file)
    h5diff --exclude-path /pdf/bragg --exclude-path /bragg out/hot/result.h5 $observable-1.h5 /$observable /$observable >"$said/diff" 2>&1 && [ ! -s "$said/diff" ] ||
        fail "$observable: live and stored differ: $(head -n 3 "$said/diff")"
done
finish
