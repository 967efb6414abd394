#!/usr/bin/env bash
# Monte Carlo stages with a mistake: one line that says where, what, and what is allowed; exit code 2; nothing is written.
. "$SOURCE/tests/cli/lib.sh"

mc() {
    study
    sed -i '/name: hot/,$d' study.yaml
    cat >>study.yaml <<'YAML'
  - name: sampled
    kind: mc
    cell: gamma
    potential: potential.yaml
    model: rigid
    temperature: 310 K
    sweeps: 10
    sites: [{position: [0.375, 0, 0.25]}]
YAML
    sed -i "${1:-}" study.yaml
}

mc
works 1 run study.yaml --check

mc 's/sweeps: 10/sweeps: 0/'
refuses 2 "input error: study.yaml:14: sweeps: '0' is out of range; 1 to 1e+12 is allowed" run study.yaml

mc 's/temperature: 310 K/temperature: 310/'
refuses 2 "input error: study.yaml:13: temperature: '310' has no unit; write for example '310 K'" run study.yaml

mc 's/sweeps: 10/sweeps: 10\n    rotat: "2"/'
refuses 2 "input error: study.yaml:15: rotat: unknown key; did you mean 'rotate'? allowed keys: name, kind, cell, ..." run study.yaml

mc 's/sweeps: 10/sweeps: 10\n    volume: isotrop/'
refuses 2 "input error: study.yaml:15: volume: 'isotrop' is not one of the choices; did you mean 'isotropic'? allowed: constant, isotropic, anisotropic" \
    run study.yaml

# what needs the sample is found by --check
mc 's/sweeps: 10/sweeps: 10\n    cutoff: 8 angstrom/'
refuses 2 "input error: stage sampled: study.yaml:15: cutoff: the box is 15.757 A wide, smaller than twice the cut-off of 8 A; take a larger supercell or a cut-off below 7.879 A" \
    run study.yaml --check

mc '/sites:/d; s/sweeps: 10/sweeps: 10\n    hop: "1"/'
refuses 2 "input error: stage sampled: study.yaml:15: hop: hops need \`sites\`, the places that Mg may hop to" run study.yaml --check

mc 's/\[0.375, 0, 0.25\]/[0.375, 0]/'
refuses 2 "input error: stage sampled: study.yaml:15: position: three fractional coordinates are needed" run study.yaml --check

mc 's/sweeps: 10/sweeps: 10\n    rotate: "0"\n    turn: "0"\n    translate: "0"/'
refuses 2 "input error: stage sampled: Monte Carlo: no move has a weight, nothing would ever move" run study.yaml --check

finish
