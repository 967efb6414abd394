#!/usr/bin/env bash
# Kind pdf: measured intensity and back, powder patterns, form factors of a file, real data; what it refuses.
. "$SOURCE/tests/cli/lib.sh"
study 's/observables: .*/observables: {pdf: {rmax: 16 A}}/'
works 1 explain f:Mg2+,B,H_BH4
cp "$said/out" forms.csv
cat >>study.yaml <<'YAML'
  - name: curves
    kind: pdf
    from: hot
    form_factors: forms.csv
    processing: {counts: 1e9, rmax: 12 A}
    powder: {high: 6 degree}
  - name: crystal
    kind: pdf
    from: hot
    weights: file
    form_factors: forms.csv
    instrument: {qmax: 20 1/A, lorch: true}
    powder: {high: 6 degree, u_iso: 0.02 A^2}
    structure: gamma.cif
YAML
works 2 run study.yaml
have() { h5dump -y -d "$1" "$2" >"$said/dump" 2>"$said/err" || fail "$2 has no $1"; }
for set in neutron/G file/T partials/Mg-H/S parts/G peaks/assignment constant_Z_factor/neutral processing/polynomial \
    processing/G_truth powder/debye scalars/factor_MgH/value scalars/processed_correlation/value; do
    have "/$set" out/curves/result.h5
done
# the same ions with the same functional: f(Q) of the file is that which is built in
have /computed/G out/curves/result.h5
cp "$said/dump" "$said/built_in"
have /file/G out/curves/result.h5
numbers() { sed -n '/DATA {/,/}/p' "$1" | tr -d ' \n' | tr ',{}' '\n\n\n'; }
paste <(numbers "$said/built_in") <(numbers "$said/dump") |
    awk 'NF == 2 && $1 ~ /^[-0-9.]/ { d = $1 - $2; if (d < 0) d = -d; if (d > 1e-3) bad++; n++ } END { exit !(n > 500 && !bad) }' ||
    fail "the table of explain gives another G(r) than the one built in"
have /peaks/assignment out/curves/result.h5
grep -q '"Mg-B [5-9][0-9] %' "$said/dump" || fail "no peak is that of Mg-B: $(head -n 12 "$said/dump")"
have /powder/lines/index out/crystal/result.h5
[[ $(sed -n '/DATA {/,/}/p' "$said/dump" | tr -d ' \n') == "DATA{2,1,1,2,2,0,3,2,1,4,0,0,"* ]] ||
    fail "the first lines of gamma are not 211 and 220: $(head -n 12 "$said/dump")"
for file in gr fq sq iq; do [ -s "out/curves/curves.$file" ] || fail "no curves.$file"; done
[ -s out/curves/curves_processed.gr ] || fail "no processed .gr"
[ -s out/crystal/crystal_bragg.xy ] || fail "no Bragg pattern"

# the exported intensity is data for the same steps: the same G(r)
cp out/curves/curves.iq measured.iq
cp out/curves/curves_background.iq empty.iq
cat >real.yaml <<'YAML'
study: real
output: real
seed: 1
stages:
  - name: again
    kind: pdf
    data: measured.iq
    background_file: empty.iq
    processing: {rmax: 12 A}
YAML
works 1 run real.yaml
paste <(sed '1,/^#L/d' out/curves/curves_processed.gr) <(sed '1,/^#L/d' real/again/again_processed.gr) |
    awk '{ d = $2 - $6; if (d < 0) d = -d; if ($1 != $5 || d > 1e-5) bad++; n++ } END { exit !(n > 500 && !bad) }' ||
    fail "G(r) of the exported intensity is not that of the simulated one"

bad() {
    sed "$1" study.yaml >bad.yaml
    refuses 2 "$2" run --check bad.yaml
}
bad 's/weights: file/weights: neutron\n    processing: {}/' "input error: stage crystal: bad.yaml:...: processing is for X-rays: weights neutral, ionic, computed or file"
bad 's/high: 6 degree, u/high: 0.2 degree, u/' "input error: stage crystal: powder: 2 theta from 0.5 to 0.2 in steps of 0.005 degrees; needs 0 < low < high < 180 and at most 1e6 points"
bad 's/counts: 1e9,/qmaxinst: 20 1\/A,/' "input error: stage curves: bad.yaml:...: qmaxinst: 20 1/A is below qmax = 23.8 1/A"
bad 's/form_factors: forms.csv//' "input error: stage crystal: bad.yaml:...: weights: 'file' wants a table: form_factors: NAME.csv"
bad 's/from: hot$//' "input error: stage curves: bad.yaml:...: kind pdf wants \`from\` (a stage) or \`data\` (a measured I(Q))"
printf '1 2\n1 3\n' >broken.iq
sed 's/measured.iq/broken.iq/' real.yaml >bad.yaml
refuses 2 "input error: stage again: broken.iq:2: the first column does not increase: \"1 3\"" run --check bad.yaml
printf '1 2\n2 3\n3 4\n' >bare.iq
sed 's/measured.iq/bare.iq/' real.yaml >bad.yaml
refuses 2 "input error: stage again: bad.yaml:...: composition: the data have none in their header: give it here" run --check bad.yaml
cp out/curves/curves.gr g.gr
sed 's/measured.iq/g.gr/' real.yaml >bad.yaml
refuses 2 "input error: stage again: g.gr: an intensity is wanted, .iq or .xy" run --check bad.yaml
finish
