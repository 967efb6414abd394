#!/usr/bin/env bash
# Observables of one stored trajectory: the same bytes on 1, 2, 4 and 7 ranks, and the same as measured in the run. Then of one that
# is read in several rounds.
. "$SOURCE/tests/cli/lib.sh"
study 's/observables: .*/observables: {isf: {tmax: 0.2 ps}, msd: {tmax: 0.2 ps}, reorient: {tmax: 0.2 ps}, van_hove: {tmax: 0.2 ps}, separation: {tmax: 0.2 ps}, pdf: , current: {temperature: 310 K, blocks: 2}, coherent: {tmax: 0.2 ps, self: true, q_max: 1 1\/angstrom}, van_hove_distinct: {lags: [0 ps, 0.1 ps], rmax: 5 angstrom}, vdos: {fwhm: 20 meV}, dipole: {temperature: 310 K, fwhm: 20 meV}}\n    velocities: true/'
works 2 run study.yaml
all="isf msd reorient van_hove separation pdf current coherent van_hove_distinct vdos dipole"
for ranks in 1 2 4 7; do
    for observable in $all; do
        case $observable in
        pdf) options= ;;
        current) options="temperature: 310 K, blocks: 2" ;;
        coherent) options="tmax: 0.2 ps, self: true, q_max: 1 1/angstrom" ;;
        van_hove_distinct) options="lags: [0 ps, 0.1 ps], rmax: 5 angstrom" ;;
        vdos) options="fwhm: 20 meV" ;;
        dipole) options="temperature: 310 K, fwhm: 20 meV" ;;
        *) options="tmax: 0.2 ps" ;;
        esac
        works $ranks analyse $observable --trajectory out/hot/trajectory.h5 --write $observable-$ranks.h5 --options "$options"
        same_data "$observable on $ranks ranks" $observable-1.h5 $observable-$ranks.h5
    done
done
for observable in $all; do
    # (Bragg lines are labelled with the cell of the sample at hand: double in the run, float32 when read from the file)
    h5diff --exclude-path /pdf/bragg --exclude-path /bragg out/hot/result.h5 $observable-1.h5 /$observable /$observable >"$said/diff" 2>&1 && [ ! -s "$said/diff" ] ||
        fail "$observable: live and stored differ: $(head -n 3 "$said/diff")"
done
cat >long.yaml <<'YAML'
study: long
output: long
seed: 1
stages:
  - name: jumps
    kind: constructed
    motion: {motion: c3, tau: 3 ps, bond: 1.22 angstrom, ions: 16, frames: 600, interval: 0.1 ps}
    trajectory: true
YAML
works 1 run long.yaml
for ranks in 1 2 7; do
    works $ranks analyse msd --trajectory long/jumps/trajectory.h5 --write long-$ranks.h5 --options "tmax: 10 ps"
    same_data "600 frames on $ranks ranks" long-1.h5 long-$ranks.h5
done
finish
