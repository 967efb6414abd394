#!/usr/bin/env bash
# Kind density_pdf: a cell through the mesh; constant Z is its own measure; what it refuses.
. "$SOURCE/tests/cli/lib.sh"
cat >study.yaml <<YAML
study: density
seed: 1
output: out
stages:
  - name: gamma
    kind: cell
    structure: $SOURCE/inputs/structures/gamma_MgBH42_dft.cif
  - name: weights
    kind: density_pdf
    from: gamma
    functionals: [lda_x+lda_c_vwn]
    hydrogen_charge: [-0.25]
    mesh: 0.2 A
    rmax: 8 A
    instrument: {qmax: 12 1/A}
YAML
works 2 run study.yaml
results=$(find out -path '*weights/result.h5')
row() { h5dump -y -d "/numbers/$1" "$results" 2>"$said/err" | sed -n '/DATA {/,/}/p' | tr -d ' \n' | tr ',' '\n'; }
[ -n "$results" ] || fail "no result.h5"
h5dump -y -d /constant_Z/G "$results" >/dev/null 2>"$said/err" || fail "no G(r) with constant Z"
h5dump -y -d /density_1/pair/Mg-H "$results" >/dev/null 2>"$said/err" || fail "no Mg-H of the density"
h5dump -y -d /scalars/occupancy_refined/value "$results" >"$said/out" 2>"$said/err" || fail "no scalar occupancy_refined"
value=$(sed -n '/DATA {/,/}/{s/^ *\([-0-9.e]*\)$/\1/p}' "$said/out" | head -n 1)
awk -v x="${value:-0}" 'BEGIN { exit !(x > 0.2 && x < 0.9) }' || fail "occupancy_refined is '$value'"
rm -rf out

bad() {
    sed "$1" study.yaml >bad.yaml
    refuses 2 "$2" run --check bad.yaml
}
bad 's/lda_c_vwn/lda_c_vvn/' "input error: stage weights: bad.yaml:11: functionals: functional 'lda_c_vvn' is not known to libxc ...did you mean 'lda_c_vwn'..."
bad 's/mesh: 0.2 A/mesh: 0.3 A/' 'input error: stage weights: bad.yaml:13: mesh: a mesh of 0.3 A is too coarse for Q up to 12 1/A; at most 0.216 A'
bad 's/-0.25/-0.7/' "input error: bad.yaml:12: hydrogen_charge: '-0.7' is out of range; -0.5 to -0.25 is allowed"
bad 's/qmax: 12 1\/A/qmax: 12 1\/A, qbroad: 0.01 1\/A/' 'input error: stage weights: bad.yaml:15: qbroad: sums over k have no Q broadening; use sigma, or the observable pdf'
finish
