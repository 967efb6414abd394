#!/usr/bin/env bash
# Kind and command `verdict`: the line, the same bytes on any number of ranks, and every mistake by name.
. "$SOURCE/tests/cli/lib.sh"

verdict() {
    cp "$SOURCE/inputs/structures/gamma_MgBH42_dft.cif" gamma.cif
    cp "$SOURCE/inputs/measured/heere2020.csv" .
    cat >study.yaml <<'YAML'
study: small
output: out
seed: 7
stages:
  - {name: gamma, kind: cell, structure: gamma.cif}
  - name: network
    kind: network
    cell: gamma
    space_group: 230
    sites: [{label: 24d, position: [0.375, 0, 0.25], energy: 0 eV, taken: true}]
    edges: [{label: hop, from: 24d, to: 24d, distance: 4.8247 A, tolerance: 0.1 A, barrier: 0.6 eV, attempt: 1e13 1/s}]
    wells: [{angle: 0 degree, energy: 0 eV}, {angle: 90 degree, energy: 0.05 eV}]
    turns: [{from: 1, to: 2, axis: link, angle: 90 degree, barrier: 0.1 eV, attempt: 5e12 1/s}]
    gates: [{of: hop, within: 1.5 A, energies: [0.08 eV, 0 eV]}]
    source: ASSUMED for a test
  - name: causes
    kind: verdict
    network: network
    temperature: 353 K
    number: 1
    replicas: 16
    windows: 64
    lambdas: [0.01, 0.1, 1, 10, 1e4]
    measured: heere2020.csv
YAML
    sed -i "${1:-}" study.yaml
}

has() { grep -qE -- "$1" "$said/err" "$said/out" || fail "no '$1' in what it said"; }

verdict
works 1 verdict study.yaml
has 'verdict STATIC_CRADLE  R3=[0-9.]+ \[[0-9.]+,[0-9.]+\] equiv  R1=3\.[0-9]+ .* more'
has 'rival: as-received gamma: .* a fraction 9e-06 of Mg carries'
has 'Meyer-Neldel slope 0.023 eV'
has 'windows of [0-9.e-]+ s for all lambda'
for ranks in 2 3; do
    works $ranks run study.yaml --output out$ranks
    same_data "verdict on $ranks ranks" out/causes/result.h5 out$ranks/causes/result.h5
done

# stopped in time, resumed on another number of ranks: the same bytes
for ranks in 1 2; do
    rm -rf parts
    works 1 run study.yaml --output parts --only network
    on $ranks run study.yaml --output parts --stop-after-checks 20
    says 75 "stopped: stage causes: stopped by the requested number of checks after walk ... of 128, checkpoint written; go on with --resume"
    grep -q '"stage": "causes", "state": "stopped", "step": \([0-9]*\), "target": 128, .*"checkpoint_step": \1,' parts/run.json ||
        fail "run.json of the stopped run: $(cat parts/run.json)"
    works $((3 - ranks)) run study.yaml --output parts --resume
    has 'resumed after walk [0-9]+ of 128'
    same_data "stopped on $ranks ranks" out/causes/result.h5 parts/causes/result.h5
    [ -e parts/causes/checkpoint.bin ] && fail "a finished stage still has its checkpoint"
done

# the same sample against itself: a ledger of nothing but noise is written, and sums
verdict
printf '  - {name: again, kind: verdict, network: network, temperature: 353 K, replicas: 16, windows: 64, lambdas: [0.01, 1, 10, 1e4], against: causes}\n' >>study.yaml
works 2 run study.yaml
has 'ledger of a ratio [0-9.]+: carriers'
number() { h5dump -m %.15g -w 0 -y -d "$1" out/again/result.h5 | sed -n 's/^ *\([-+0-9.e, ]*\)$/\1/p' | head -n 1; }
awk -v s="$(number /ledger/share)" -v t="$(number /ledger/total)" 'BEGIN { n = split(s, a, ","); for (i = 1; i <= n; i++) sum += a[i]
    exit !(n == 5 && sum - t < 1e-12 && t - sum < 1e-12) }' || fail "shares of the ledger do not sum"

verdict 's/number: 1/number: 0/'
refuses 2 "input error: study.yaml:...: number: '0' is out of range; 1 to 1e+09 is allowed" run study.yaml --check
verdict 's/0.01, 0.1, 1, /0.1, 1, /'
refuses 2 "input error: stage causes: study.yaml:...: rotor speeds must have 0.01 and 1: R3 is the ratio of both" run study.yaml --check
verdict 's/0.1, 1, 10/1, 0.1, 10/'
refuses 2 "input error: stage causes: study.yaml:...: rotor speeds must ascend: 0.1 comes after 1" run study.yaml --check
verdict 's/    network: network/    network: gamma/'
refuses 2 "input error: stage causes: study.yaml:...: network: 'gamma' is of kind cell; kind network is needed" run study.yaml --check
verdict 's/windows: 64/windows: 63/'
refuses 2 "input error: stage causes: study.yaml:...: at least 2 replicas, 2 quenches, 1 walk and an even number of windows are needed" run study.yaml --check
verdict 's/windows: 64/quenches: 31/'
refuses 2 "input error: study.yaml:...: quenches: '31' is out of range; 32 to 100000 is allowed" run study.yaml --check
verdict 's/windows: 64/margin: "1"/'
refuses 2 "input error: study.yaml:...: margin: '1' is out of range; 1.01 to 10 is allowed" run study.yaml --check
verdict 's/windows: 64/against: network/'
refuses 2 "input error: stage causes: study.yaml:...: against: 'network' is of kind network; kind verdict is needed" run study.yaml --check
verdict 's/windows: 64/barriers: gamma/'
refuses 2 "input error: stage causes: study.yaml:...: barriers: 'gamma' is of kind cell; kind barriers is needed" run study.yaml --check

# what needs the network is found when it is there
rm -rf out out2 out3
verdict 's/number: 1/number: 25/'
on 2 verdict study.yaml
says 2 "input error: stage causes: 25 vacancies and 0 added Mg; the lattice has 24 taken and 0 free sites"
verdict 's/number: 1/number: 24/'
on 2 verdict study.yaml
says 2 "input error: stage causes: no Mg is left"
verdict 's/    gates:/    pairs: [{within: 5 A, energies: [0 eV, 0.01 eV, 0.01 eV, 0 eV]}]\n    gates:/'
on 1 verdict study.yaml
says 2 "input error: stage causes: the network has ... rotor-rotor terms; rotors at any speed need rotors that do not feel each other"
verdict
sed -i '/name: causes/,$d' study.yaml
refuses 2 "input error: study.yaml: has no stage of kind 'verdict'" verdict study.yaml
finish
