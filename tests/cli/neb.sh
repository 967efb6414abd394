#!/usr/bin/env bash
# `neb` and kind barriers: what they refuse, a path whose end points are alike, the same bytes on any ranks, going on after a kill.
. "$SOURCE/tests/cli/lib.sh"
cp "$SOURCE/inputs/structures/gamma_MgBH42_dft.cif" gamma.cif
cp "$SOURCE/potentials/mgbh4-born.yaml" potential.yaml
recipe() {
    sed "${1:-}" >r.yaml <<'YAML'
neb: turn
structure: gamma.cif
potential: potential.yaml
move: {kind: rotation, ion: 1, axis: bond}
images: 5
fmax: 0.3 eV/A
relax_force: 0.02 eV/A
prefactor: false
lock: both
YAML
}
bad() {
    recipe "$1"
    refuses 2 "input error: $2" neb r.yaml
}
refuses 2 "input error: neb: an argument is missing; ..." neb
bad 's/gamma.cif/gama.cif/' "r.yaml:2: structure: ...gama.cif..."
bad 's/potential.yaml/nowhere.yaml/' "...nowhere.yaml..."
bad 's/ion: 1/ion: 49/' "r.yaml:4: ion: there is no BH4 49; the cell has 48"
bad 's/axis: bond/axis: bold/' "r.yaml:4: axis: 'bold' is not one of the choices; did you mean 'bond'? allowed: link, across, bond"
bad 's/, axis: bond//' "r.yaml:4: axis: a rotation needs an axis; allowed: link, across, bond"
bad 's/axis: bond/axis: across, number: 3/' "r.yaml:4: number: there is 1 axis link, there are 2 across and 4 bonds"
bad 's/axis: bond/axis: bond, angle: 0 degree/' "r.yaml:4: angle: a turn by 0 degrees ends where it began: the end points are equal"
bad 's/{kind.*/{kind: hop, ion: 1}/' "r.yaml:4: to: a hop needs three fractional coordinates, as ..."
bad 's/{kind.*/{kind: hop, ion: 1, to: [0.375, 0, 0.25]}/' "r.yaml:4: to: Mg 1 is there already: the end points are equal"
bad 's/{kind.*/{kind: hop, ion: 1, to: [0.4374, 0.125, 0.1874]}/' "r.yaml:4: to: only ... A from atom ... (B): no place for Mg"
bad 's/{kind.*/{kind: hop, ion: 25, to: [0.375, 0, 0.25]}/' "r.yaml:4: ion: there is no Mg 25; the cell has 24"
bad 's/{kind.*/{kind: vacancy, ion: 1, into: 1}/' "r.yaml:4: into: Mg 1 cannot go to its own site"
bad 's/{kind.*/{kind: vacancy, ion: 1, into: 16, without: [3]}/' "r.yaml:4: without: 1 BH4 for one Mg: the cell would not be neutral; two are needed"
bad 's/{kind.*/{kind: vacancy, ion: 1, into: 16, without: [3, 3]}/' "r.yaml:4: without: two different BH4 must be taken out"
bad 's/{kind.*/{kind: ends, final: gamma.cif}/' "r.yaml:4: final: no atom is more than 0.1 A elsewhere: the end points are equal"
bad 's/{kind.*/{kind: ends, final: lost.cif}/' "r.yaml:4: final: ...lost.cif..."
bad 's/{kind.*/{kind: ends, to: [0, 0, 0]}/' "r.yaml:4: to: a move of kind ends has no such key"
bad 's/^images.*/cutoff: 9 A/' "r.yaml:5: cutoff: the box is 15.757 A wide, smaller than twice the cut-off of 9 A; ..."
bad 's/^images: 5/images: 2/' "r.yaml:5: images: '2' is out of range; 3 to 99 is allowed"

recipe
works 1 neb r.yaml --check
[ ! -e turn.h5 ] || fail "--check wrote turn.h5"
works 1 neb r.yaml --output one
works 2 neb r.yaml --output two
works 3 neb r.yaml --output three
same_data "1 and 2 ranks" one.h5 two.h5
same_data "1 and 3 ranks" one.h5 three.h5
cmp -s one.free.extxyz three.free.extxyz || fail "extxyz differs between 1 and 3 ranks"
number() { h5dump -y -d "$2" "$1" 2>"$said/err" | sed -n '/DATA {/,/}/{s/^ *\([-0-9.e+]*\)$/\1/p}' | head -n 1; }
for way in free locked; do
    awk -v a="$(number one.h5 /$way/difference)" -v b="$(number one.h5 /$way/barrier)" \
        'BEGIN { exit !(a != "" && a < 1e-6 && a > -1e-6 && b > 0.15 && b < 0.9) }' ||
        fail "$way: end points differ by $(number one.h5 /$way/difference) eV, barrier $(number one.h5 /$way/barrier) eV"
done
# with the lock no other BH4 turns
awk -v t="$(number one.h5 /locked/largest_turn)" 'BEGIN { exit !(t != "" && t < 1e-4) }' || fail "a locked BH4 turned by $(number one.h5 /locked/largest_turn) degrees"
works 1 explain neb
grep -q 'prefactor_radius' "$said/out" || fail "explain neb does not list its keys"

# a catalogue: inequivalent rotations of the crystal, on 1 and 2 ranks, and what was done is not done again
catalogue() {
    sed "${1:-}" >study.yaml <<'YAML'
study: catalogue
output: out
stages:
  - name: gamma
    kind: cell
    structure: gamma.cif
  - name: paths
    kind: barriers
    cell: gamma
    potential: potential.yaml
    rotations: [link, bond]
    inequivalent: true
    images: 3
    fmax: 0.5 eV/A
    relax_force: 0.05 eV/A
    prefactor: false
    lock: none
YAML
}
catalogue 's/\[link, bond\]/[link, bold]/'
refuses 2 "input error: stage paths: study.yaml:11: rotations: 'bold' is no axis; allowed: link, across, bond" run --check study.yaml
catalogue '/rotations/d'
refuses 2 "input error: stage paths: study.yaml:7: rotations: no move is asked for: give rotations, void_hops or moves" run --check study.yaml
catalogue 's/inequivalent: true/moves: [{kind: vacancy, ion: 99, into: 1}]/'
refuses 2 "input error: stage paths: study.yaml:12: ion: there is no Mg 99; the cell has 24" run --check study.yaml
catalogue
works 1 run study.yaml
grep -q '3 inequivalent of 240 moves' "$said/err" || fail "not 3 inequivalent moves: $(grep inequivalent "$said/err")"
mv out first
works 2 run study.yaml
same_data "catalogue on 1 and 2 ranks" first/paths/result.h5 out/paths/result.h5
# one path lost, the others stay as they are
rm out/paths/stage.txt
lost=$(find out/paths/paths -name '[0-9a-f]*.h5' | sort | head -n 1)
stamp=$(find out/paths/paths -name '*.h5' ! -path "$lost" -printf '%p %T@\n' | sort)
head -c 100 "$lost" >cut && mv cut "$lost"
works 1 run study.yaml --resume
grep -q '2 of 3 paths are there' "$said/err" || fail "not 2 of 3 paths kept: $(grep 'are there' "$said/err")"
[ "$stamp" = "$(find out/paths/paths -name '*.h5' ! -path "$lost" -printf '%p %T@\n' | sort)" ] || fail "finished paths were written again"
same_data "catalogue after a loss" first/paths/result.h5 out/paths/result.h5

# a network whose turns have these barriers: the mean forth and back of each BH4's own paths, and an attempt frequency that is given
network() {
    catalogue
    sed "${1:-}" >>study.yaml <<'YAML'
  - name: network
    kind: network
    cell: gamma
    barriers: paths
    space_group: 230
    sites: [{label: 24d, position: [0.375, 0, 0.25], energy: 0 eV, taken: true}]
    edges: [{label: hop, from: 24d, to: 24d, distance: 4.8247 A, tolerance: 0.1 A, barrier: 0.6 eV, attempt: 1e13 1/s}]
    wells: [{angle: 0 degree, energy: 0 eV}]
    turns:
      - {from: 1, to: 1, axis: link, angle: 180 degree, attempt: 1e13 1/s, computed: true}
      - {from: 1, to: 1, axis: bond, angle: 120 degree, attempt: 2e13 1/s, computed: true}
    source: ASSUMED hops
  - {name: turns, kind: kmc_rotors, network: network, temperature: 1000 K, sample_every: 1 ps, tmax: 16 ps, duration: 50 ps}
YAML
}
network
works 1 run study.yaml --check
grep -q 'on what paths will leave' "$said/out" || fail "--check does not say that the network waits for barriers"
works 1 run study.yaml
grep -q '48 BH4 of 1 kinds, .*: ASSUMED hops; barriers of stage paths' "$said/err" || fail "the network does not say where barriers come from: $(grep BH4 "$said/err")"
cat >same.py <<'PY'
import h5py, numpy as np
p, n = h5py.File("out/paths/result.h5")["paths"], h5py.File("out/network/result.h5")["network"]
group, weight = np.array([g.decode() for g in p["group"]]), p["multiplicity"][:]
b = 0.5 * (p["barrier_free"][:] + p["barrier_back_free"][:])
turn, nu = n["rotor_classes/0/turn"][:], n["rotor_classes/0/attempt"][:]
assert {round(1e6 * x) for x in b} == set(turn[:, 3]), (b, turn)
# one turn about the link, four axes in both senses (one stored) about bonds: each has all ways, and their attempts add up
assert abs(nu.sum() - (1e13 + 4 * 2e13)) < 1e3, nu
PY
/usr/bin/python3 -c 'import h5py' 2>"$said/python" && { /usr/bin/python3 same.py 2>"$said/python" || fail "turns have other barriers: $(tail -n 1 "$said/python")"; }
network 's/attempt: 2e13 1.s, computed/computed/'
on 1 run study.yaml
says 2 "input error: stage network: study.yaml:28: attempt: missing, and not all paths of group bond of the catalogue have one (\`prefactor: false\`, or a top with more than one soft mode)"
network 's/link, angle: 180 degree/across, angle: 180 degree/'
on 1 run study.yaml
says 2 "input error: stage network: study.yaml:26: no BH4 of stage paths has a converged path for every turn that is computed, by its angle"
network 's/axis: link, angle: 180/axis: link, angle: 90/'
on 1 run study.yaml
says 2 "input error: stage network: study.yaml:26: no BH4 of stage paths has a converged path for every turn that is computed, by its angle"
network 's/attempt: 2e13 1.s, computed/barrier: 1 eV, attempt: 2e13 1\/s, computed/'
on 1 run study.yaml
says 2 "input error: stage network: study.yaml:28: barrier: it is computed; leave one of the two out"
network '/barriers: paths/d'
on 1 run study.yaml
says 2 "input error: stage network: study.yaml:26: computed: the stage has no key \`barriers\`"
network 's/barriers: paths/barriers: gamma/'
refuses 2 "input error: stage network: study.yaml:21: barriers: stage 'gamma' is of kind cell, not barriers" run study.yaml --check
finish
