#!/usr/bin/env bash
# Kinetic Monte Carlo stages with a mistake: one line that says where, what, and what is allowed; exit code 2; nothing is written.
. "$SOURCE/tests/cli/lib.sh"

# what the items of a network's lists hold is told
works 1 explain network
for list in sites edges wells turns gates felt pairs; do
    grep -q "^an item of $list:$" "$said/out" || fail "explain network says nothing of $list"
done

kmc() {
    cp "$SOURCE/inputs/structures/gamma_MgBH42_dft.cif" gamma.cif
    sed "${1:-}" >study.yaml <<'YAML'
study: small
output: out
stages:
  - name: gamma
    kind: cell
    structure: gamma.cif
  - name: network
    kind: network
    cell: gamma
    space_group: 230
    sites:
      - {label: 24d, position: ["0.375", "0", "0.25"], energy: 0 eV, taken: true}
      - {label: 48g, position: ["0.125", "0.437", "-0.187"], energy: 0.45 eV}
    edges:
      - {label: short, from: 24d, to: 48g, distance: 3.67 A, barrier: 0.40 eV, attempt: 1e13 1/s}
    wells: [{angle: 0 degree, energy: 0 eV}, {angle: 90 degree, energy: 0.05 eV}]
    turns: [{from: 1, to: 2, axis: link, angle: 90 degree, barrier: 0.08 eV, attempt: 2e12 1/s}]
    gates: [{of: short, within: 3 A, energies: [0.06 eV, 0 eV]}]
    source: ASSUMED
  - name: hops
    kind: kmc
    network: network
    temperatures: [313 K, 353 K]
    number: 1
    hops: 300
    replicas: 2
  - name: pellet
    kind: eis
    from: hops
    temperatures: [313 K]
    thickness: 1 mm
    diameter: 10 mm
  - name: turns
    kind: kmc_rotors
    network: network
    temperature: 310 K
    sample_every: 1 ps
    tmax: 16 ps
    duration: 50 ps
  - name: qens
    kind: qens
    from: turns
    temperature: 310 K
YAML
}

kmc
works 1 run study.yaml --check

# found on paper
kmc 's/number: 1/numbers: 1/'
refuses 2 "input error: study.yaml:24: numbers: unknown key; did you mean 'number'? allowed keys: name, kind, network, ..." run study.yaml
kmc 's/number: 1/engine: bridges/'
refuses 2 "input error: study.yaml:24: engine: 'bridges' is not one of the choices; did you mean 'bridge'? allowed: bridge, direct, average" run study.yaml
kmc 's/    network: network/    network: netwrk/'
refuses 2 "input error: study.yaml:22: network: ...netwrk..." run study.yaml

# found by --check
kmc 's/barrier: 0.40 eV, //'
refuses 2 "input error: stage network: study.yaml:15: barrier: missing: give it, or \`computed\`" run study.yaml --check
kmc 's/number: 1/number: 0/'
refuses 2 "input error: stage hops: study.yaml:24: number: a lattice without carriers carries nothing; write \`carriers: none\` for the perfect one" run study.yaml --check
kmc 's/number: 1/number: 25/'
refuses 2 "input error: stage hops: study.yaml:24: number: 25 vacancies for 24 sites that could have one" run study.yaml --check
kmc 's/number: 1/site: 24x/'
refuses 2 "input error: stage hops: study.yaml:20: number: no sites are called '24x'" run study.yaml --check
kmc 's/number: 1/number: 24/'
refuses 2 "input error: stage hops: study.yaml:24: number: nothing can hop..." run study.yaml --check
kmc 's/313 K, 353 K/1 K/; s/\[313 K\]/[1 K]/'
refuses 2 "input error: stage hops: study.yaml:23: temperatures: at 1 K the barrier 0.4 eV of 'short' is ... kT: no rate can be computed (at most 600 kT)" run study.yaml --check
kmc 's/313 K, 353 K/313 K, 313 K/'
refuses 2 "input error: stage hops: study.yaml:23: temperatures: 313 K is given twice" run study.yaml --check
kmc 's/    network: network/    network: gamma/'
refuses 2 "input error: stage hops: study.yaml:22: network: stage 'gamma' is of kind cell; name one of kind network" run study.yaml --check
kmc 's/^    edges:/      - {label: alone, position: ["0.125", "0", "0.25"], energy: 0.6 eV}\n    edges:/'
refuses 2 "input error: stage network: study.yaml:...: site ... ('alone' at ...) is reached by no edge" run study.yaml --check
kmc 's/barrier: 0.40 eV/barrier: -0.40 eV/'
refuses 2 "input error: stage network: study.yaml:...: barrier: '-0.40 eV' is out of range..." run study.yaml --check
kmc 's/number: 1/coulomb: neutral/'
refuses 2 "input error: stage hops: study.yaml:24: coulomb: the defects have a net charge of -2 e: its energy has no meaning unless something makes up for it; ask for a uniform background" run study.yaml --check
kmc 's/number: 1/coulomb: background\n    engine: average/'
refuses 2 "input error: stage hops: study.yaml:24: coulomb: mean rates know no Coulomb forces: take engine bridge" run study.yaml --check
kmc 's/number: 1/number: 1\n    site: 24d\n    coulomb: background/'
works 1 run study.yaml --check
kmc 's/temperatures: \[313 K\]/replicas: "1"/'
works 1 run study.yaml --only hops
refuses 2 "input error: stage pellet: ...conductivity_spectrum has several temperatures (T_313K, T_353K): name them with \`temperatures\`" run study.yaml --only pellet
kmc 's/temperatures: \[313 K\]/temperatures: [393 K]/'
refuses 2 "input error: stage pellet: ...conductivity_spectrum has no 393 K; it has: T_313K, T_353K" run study.yaml --only pellet
kmc 's/tmax: 16 ps/tmax: 40 ps/'
refuses 2 "input error: stage turns: study.yaml:...: tmax: 40 ps is more than half of the duration, 50 ps" run study.yaml --check
kmc 's/tmax: 16 ps/tmax: 16 ps\n    engine: tiles\n    cycle: 0.3 ps/'
refuses 2 "input error: stage turns: study.yaml:...: cycle: 0.3 ps does not divide sample_every, 1 ps" run study.yaml --check
kmc 's/from: turns/from: hops/'
refuses 2 "input error: stage qens: study.yaml:...: from: stage 'hops' does not measure isf; add \`isf:\` to its observables" run study.yaml --check
finish
