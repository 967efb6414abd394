#!/usr/bin/env bash
# Hops, turns by both engines, a verdict and barriers, killed with SIGKILL at random times on 1, 2 and 3 ranks, again and again: no
# file under its own name is ever half-written, every resumption works, and the end has the same bytes as the run that was not
# killed. KILLS: how often (tests/slow/kill100_kinetic.sh: 100).
. "$SOURCE/tests/cli/lib.sh"
kinetic_study 's/  hops: 400/  hops: 4000/
    /name: turns/,/replicas/{s/duration: 50 ps/duration: 2000 ps/; s/replicas: 3/replicas: 12/}
    s/duration: 50 ps/duration: 100 ps/
    /kind: kmc/s/$/\n    checkpoint_every: 0 s/'
cp "$SOURCE/tests/reference/lammps/parameters.yaml" potential.yaml
cat >>study.yaml <<'YAML'
  - name: causes
    kind: verdict
    network: network
    temperature: 353 K
    number: 1
    replicas: 8
    windows: 16
    lambdas: [0.01, 0.1, 1, 10, 1e4]
    checkpoint_every: 0 s
  - name: paths
    kind: barriers
    cell: gamma
    potential: potential.yaml
    rotations: [bond]
    rotors: 2
    images: 3
    fmax: 0.5 eV/A
    relax_force: 0.05 eV/A
    prefactor: false
    lock: none
YAML
begun=$(date +%s%N)
works 1 run study.yaml --output whole
whole=$((($(date +%s%N) - begun) / 1000000)) # ms

nothing_broken() {
    local file
    find out -name '*.h5' | while read -r file; do
        h5ls -r "$file" >"$said/listed" 2>&1 || echo "$file"
    done >"$said/broken"
    [ -s "$said/broken" ] && fail "after $1 half-written: $(tr '\n' ' ' <"$said/broken")"
}
whole_again() {
    local stage
    for stage in hops turns tiled causes paths; do
        same_data "$1: $stage" whole/$stage/result.h5 out/$stage/result.h5
    done
}
survive "${KILLS:-3}" "1 2 3" $((2 * whole / 3)) hops paths
finish
