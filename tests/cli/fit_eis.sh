#!/usr/bin/env bash
# `fit eis`: recipes and data that are wrong, data with a known answer, and what an eis stage makes of spectra and pellets.
. "$SOURCE/tests/cli/lib.sh"
cp "$SOURCE/inputs/measured/heere2020.csv" .

# an arc of 1.2 Tohm (exact, 10 frequencies a decade) whose R falls with temperature: 0.7 eV in ln(sigma T)
awk 'BEGIN {
    k = 8.617333262e-5; pi = atan2(0, -1)
    for (t = 313; t <= 393; t += 40) {
        r = 1.2e12 * exp(0.7 / k * (1 / t - 1 / 313)) * t / 313; q = 8e-12; n = 0.9
        file = "t" t ".csv"; print "f/Hz,Z'"'"'/ohm,-Z'"''"'/ohm" > file
        for (i = 0; i <= 80; i++) {
            f = 10 ^ (6 - i / 10); y = q * exp(n * log(2 * pi * f))
            re = 1 / r + y * cos(n * pi / 2); im = y * sin(n * pi / 2)
            printf "%.12e,%.12e,%.12e\n", f, re / (re * re + im * im), im / (re * re + im * im) > file
        }
        close(file)
    }
}'
cat >whole.yaml <<'YAML'
fit: gamma
files:
  - {file: t313.csv, temperature: 313 K}
  - {file: t353.csv, temperature: 353 K}
  - {file: t393.csv, temperature: 393 K}
circuit: p(R1,Q1)
pellet: {thickness: 1.21 mm, diameter: 15.5 mm, thickness_error: 0.02 mm, diameter_error: 0.05 mm, porosity: "0.1", mixing: maxwell_garnett}
measured: {file: heere2020.csv, sample: as-received gamma}
YAML
recipe() { sed "$1" whole.yaml >r.yaml; }

recipe 's/t353.csv/t354.csv/'
refuses 2 "input error: r.yaml:4: file: 't354.csv' cannot be read (looked for ./t354.csv)" fit eis r.yaml
recipe 's/p(R1,Q1)/p(R1,Q1/'
refuses 2 "input error: r.yaml:6: circuit: circuit 'p(R1,Q1': position 8: ')' or ',' is missing" fit eis r.yaml
recipe 's/^circuit.*/circuit: p(R1,Q1)\nresistance: R2/'
refuses 2 "input error: r.yaml:7: resistance: the circuit p(R1,Q1) has no resistor 'R2'" fit eis r.yaml
recipe 's/, mixing: maxwell_garnett//'
refuses 2 "input error: r.yaml:7: mixing: pores need an effective medium: maxwell_garnett or bruggeman" fit eis r.yaml
recipe 's/as-received gamma/gamma/'
refuses 2 "input error: r.yaml:8: sample: 0 conductivities of 'gamma' in the table; two are needed" fit eis r.yaml
recipe 's/^circuit.*/weights: errors/'
refuses 2 "input error: r.yaml:3: file: has no standard errors (sigma'/ohm, sigma''/ohm) for 'weights: errors'" fit eis r.yaml
recipe 's/^circuit.*/lowest: 1 kHz\nhighest: 1.3 kHz/'
refuses 2 "input error: r.yaml:3: file: 2 frequencies lie between 'lowest' and 'highest'; five are needed" fit eis r.yaml
recipe 's/^circuit.*/lowest: 10 s/'
refuses 2 "input error: r.yaml:6: lowest: '10 s' has the wrong dimension; a unit like 'Hz' is needed" fit eis r.yaml
recipe 's/^circuit.*/circuit: p(R1,Q1)\nstart: {R1: 1e9, Q1: 1e-11}/'
refuses 2 "input error: r.yaml:7: ...there is no value for n1" fit eis r.yaml
recipe 's/^circuit.*/circiut: R1/'
refuses 2 "input error: r.yaml:6: circiut: ...circuit..." fit eis r.yaml
for damage in '3s/^[^,]*/-5/|frequency: must be above 0' '3s/,[^,]*$//|2 fields; 3 are needed' "3s/^[^,]*,[^,]*/1e3,NaN/|Z': 'NaN' is not a finite number"; do
    cp t353.csv whole.csv
    sed -i "${damage%%|*}" t353.csv
    recipe ''
    refuses 2 "input error: t353.csv:3: ${damage#*|}" fit eis r.yaml
    mv whole.csv t353.csv
done
printf 'f/Hz,Z/S\n1,2\n' >t353.csv
refuses 2 "input error: t353.csv:1: ..." fit eis r.yaml
sed "1s/.*/f\/Hz,Z'\/S,Z''\/ohm/" t313.csv >t353.csv
refuses 2 "input error: t353.csv:1: Z'/S: the unit 'S' is none of impedance; ohm is what is used inside" fit eis r.yaml
{ cat t313.csv; tail -n 1 t313.csv; } >t353.csv
refuses 2 "input error: t353.csv:83: frequency 0.01 Hz stands in line 82 already" fit eis r.yaml
cp "$SOURCE/inputs/measured/heere2020.csv" heere2020.csv

# the known answer, also as a ladder, on two ranks as on one; rows in any order
work_again() { awk 'BEGIN {
    k = 8.617333262e-5; pi = atan2(0, -1); t = 353
    r = 1.2e12 * exp(0.7 / k * (1 / t - 1 / 313)) * t / 313; q = 8e-12; n = 0.9
    for (i = 80; i >= 0; i--) {
        f = 10 ^ (6 - i / 10); y = q * exp(n * log(2 * pi * f))
        re = 1 / r + y * cos(n * pi / 2); im = y * sin(n * pi / 2)
        printf "%.12e;%.12e;%.12e\n", f, re / (re * re + im * im), -im / (re * re + im * im)
    }
}' >t353.csv; }
work_again
works 1 fit eis whole.yaml --check
[ ! -e gamma.h5 ] || fail "--check has written"
works 1 fit eis whole.yaml --output one.h5
works 2 fit eis whole.yaml --output two.h5
same_data "one and two ranks" one.h5 two.h5
cmp -s one.csv two.csv || fail "one and two ranks give different tables"
cp "$said/out" report
grep -q 'R1   1.2e+12 +- ' report || fail "R of 1.2 Tohm is not recovered"
grep -q 'ln(sigma T) against 1/kT: Ea 0.7000 ' report || fail "the energy of 0.7 eV is not recovered"
grep -q 'Ea 0.7140 +- 0.0689 eV' report || fail "the published gamma numbers do not give 0.714 eV"
grep -q 'S/cm of the solid, porosity 0.1 by Maxwell Garnett' report || fail "no corrected conductivity"
grep -q 'warning: t313.csv, 313 K: the arc of R1 peaks at 0.01.* Hz, within a factor 3 of the lowest frequency 0.01 Hz' "$said/err" ||
    fail "no warning of an arc at the edge of the window"
grep -q 'warning: t353.csv' "$said/err" && fail "a warning for an arc within the window"
[ "$(h5dump -d /spectra/1/arc_peak_in_window one.h5 | grep -c '(0): 0')" = 1 ] || fail "arc_peak_in_window is not stored"
grep -c 'Kramers-Kronig: obeyed' report | grep -qx 3 || fail "valid data do not pass the Kramers-Kronig test"
recipe 's/^circuit.*/most_arcs: 2/'
works 1 fit eis r.yaml --output ladder.h5
grep -q 'BIC by arcs' "$said/out" && grep -q 'R1   1.2e+12' "$said/out" || fail "a ladder does not find the arc"

# a drifting sample: R grows while the sweep goes down
awk -F, 'NR == 1 {print; next} {g = 1 + 0.5 * exp(-($1 - 0.01) / 0.05); printf "%s,%.9e,%.9e\n", $1, $2 * g, $3 * g}' t393.csv >drift.csv
cat >r.yaml <<'YAML'
fit: drift
files: [{file: drift.csv, temperature: 393 K}]
circuit: p(R1,Q1)
YAML
works 1 fit eis r.yaml
grep -q 'warning: drift.csv, 393 K: the data violate the Kramers-Kronig relations' "$said/err" || fail "drift is not seen"

# one Novocontrol file with three temperatures, rows of one frequency together, degrees Celsius that wander by 0.1
awk 'BEGIN {
    k = 8.617333262e-5; pi = atan2(0, -1)
    print "Mg(BH4)2 pellet\nAC Volt [Vrms]=5.00e-02\nFreq. [Hz]\tTemp. [\260C]\tZp'"'"' [Ohms]\tZp'"''"' [Ohms]"
    for (i = 0; i <= 80; i++) for (c = 40; c <= 120; c += 40) {
        t = c + 273.15; f = 10 ^ (6 - i / 10); n = 0.9
        r = 1e10 * exp(0.7 / k * (1 / t - 1 / 313.15)) * t / 313.15; y = 8e-12 * exp(n * log(2 * pi * f))
        re = 1 / r + y * cos(n * pi / 2); im = y * sin(n * pi / 2)
        printf "%.9e\t%.2f\t%.9e\t%.9e\n", f, c + 0.1 * ((i % 3) - 1), re / (re * re + im * im), -im / (re * re + im * im)
    }
}' >novo.txt
cat >r.yaml <<'YAML'
fit: novo
files: [{file: novo.txt, format: novocontrol}]
pellet: {thickness: 1.21 mm, diameter: 15.5 mm}
YAML
works 1 fit eis r.yaml
[ "$(grep -c '^novo.txt, .* K: 81 frequencies' "$said/out")" = 3 ] || fail "novo.txt has not three temperatures"
grep -q 'ln(sigma T) against 1/kT: Ea 0.7000 ' "$said/out" || fail "novo.txt: not 0.7 eV: $(grep 1/kT "$said/out")"
sed -i 's/Ohms/Siemens/' novo.txt
refuses 2 "input error: novo.txt:3: Zp' [Siemens]: the unit 'Siemens' is none of impedance; ohm is what is used inside" fit eis r.yaml

# ---- the eis stage ----
printf 'frequency [Hz],Re [S/cm],Im [S/cm]\n0,1e-10,0\n1e3,1.1e-10,1e-12\n1e7,2e-10,5e-11\n' >sigma.csv
stage() { sed "${1:-}" >study.yaml <<'YAML'
study: small
output: out
stages:
  - name: eis
    kind: eis
    conductivity: [sigma.csv]
    temperatures: [313 K]
    thickness: 1.21 mm
    diameter: 15.5 mm
    porosity: "0.2"
    mixing: bruggeman
    circuit: p(R1,Q1)-Q2
    electrode_q: "1e-8"
    impedance_limit: 1e13 ohm
    replicas: 5
YAML
}
stage '/mixing/d'
refuses 2 "input error: stage eis: study.yaml:4: mixing: pores need an effective medium: maxwell_garnett or bruggeman" run study.yaml
stage 's/"0.2"/"0.7"/'
refuses 2 "input error: stage eis: study.yaml:10: porosity: Bruggeman's medium does not conduct above 2/3" run study.yaml --check
stage 's/conductivity.*/lattice_constant: 15 A/'
refuses 2 "input error: stage eis: study.yaml:4: sites: is needed for an assumed hop model; or name a source: 'from' (stages) or 'conductivity' (files)" run study.yaml --check
stage 's/313 K/313 K, 353 K/'
refuses 2 "input error: stage eis: study.yaml:7: temperatures: 2 are given for 1 files of 'conductivity'" run study.yaml --check
stage 's/p(R1,Q1)-Q2/p(R1,Q1)-Q1/'
refuses 2 "input error: stage eis: study.yaml:12: circuit: circuit 'p(R1,Q1)-Q1': position 10: this element stands in the circuit already; take another number" run study.yaml --check
stage 's/sigma.csv/nothing.csv/'
refuses 2 "input error: ...nothing.csv..." run study.yaml --check
stage ''
works 2 run study.yaml
value() { h5dump -d "/scalars/$1/value" out/eis/result.h5 | sed -n 's/.*(0): //p' | head -n 1; }
awk -v a="$(value sigma_solid_313K)" 'BEGIN { exit !(a > 0.95e-10 && a < 1.05e-10) }' || fail "sigma of the solid is $(value sigma_solid_313K)"
awk -v a="$(value sigma_313K)" 'BEGIN { exit !(a > 0.66e-10 && a < 0.74e-10) }' || fail "sigma of the pellet is $(value sigma_313K)"
# the arc of 1.2 Tohm at the edge of the window: said, and stored
printf 'frequency [Hz],Re [S/cm],Im [S/cm]\n0,5.344e-14,0\n1e7,5.344e-14,0\n' >sigma.csv
cp -r out kept
stage '/porosity/d;/mixing/d;/electrode/d;s/-Q2//'
works 1 run study.yaml
grep -q "warning: stage 'eis', 313 K: the arc of R1 peaks at 0.01[0-9]* Hz, within a factor 3 of the lowest frequency 0.01 Hz" "$said/err" ||
    fail "no warning of an arc at the edge of the window by the stage"
h5dump -d /spectra/313K/peak_in_window out/eis/result.h5 | grep -q '(0): 0' || fail "peak_in_window is not stored by the stage"
rm -r out && mv kept out
works 1 explain fit-eis
grep -q 'thickness_error' "$said/out" && grep -q 'p(R1,Q1)-p(R2,Q2)-Q3' "$said/out" || fail "explain fit-eis"
# what it writes is read by fit eis, in all three formats; the same answer
for ending in csv z dta; do
    printf 'fit: again\nfiles: [{file: out/eis/impedance_313K.%s}]\ncircuit: p(R1,Q1)-Q2\nnoise: "0.01"\nimpedance_limit: 1e13 ohm\n' $ending >r.yaml
    works 1 fit eis r.yaml
    sed -n '/^  p(R1/,$p' "$said/out" >"answer.$ending"
    cmp -s answer.csv answer.$ending || fail ".$ending gives another answer: $(diff answer.csv answer.$ending)"
done
# a spectrum that another stage left, with its temperature; where there is none it is said
study 's/^study: small/study: from/'
cat >>study.yaml <<'YAML'
  - {name: eis, kind: eis, from: [hot], thickness: 1.21 mm, diameter: 15.5 mm, replicas: 2}
YAML
rm -r out
works 1 run study.yaml --only hot
on 2 run study.yaml --only eis
says 2 "input error: stage eis: out/hot/result.h5 has no group conductivity_spectrum, also not in current"
/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null || finish
/usr/bin/python3 - <<'PY' || fail "no spectrum could be written"
import h5py
import numpy as np
with h5py.File("out/hot/result.h5", "r+") as f:
    g = f.create_group("conductivity_spectrum")
    g.attrs["temperature"] = 310.5
    for name, data, unit in (("frequency", [0.0, 1e9, 1e12], "Hz"), ("sigma", [[3e-9, 0], [4e-9, 1e-10], [1e-3, 1e-3]], "S/cm"),
                             ("sigma_error", [[2e-10, np.nan]] * 3, "S/cm")):
        d = g.create_dataset(name, data=np.array(data))
        d.attrs["unit"] = unit
        d.attrs["description"] = name
    g.create_dataset("source", data="charge displacement of 24 Mg")
PY
works 2 run study.yaml --only eis
awk -v a="$(value sigma_310.5K)" -v t="$(value sigma_true_310.5K)" 'BEGIN { exit !(a > 2.9e-9 && a < 3.1e-9 && t == 3e-9) }' ||
    fail "the stage's spectrum gives $(value sigma_310.5K)"
error=$(h5dump -d /scalars/sigma_310.5K/error out/eis/result.h5 | sed -n 's/.*(0): //p' | head -n 1)
awk -v e="$error" 'BEGIN { exit !(e > 1.9e-10 && e < 2.2e-10) }' || fail "the simulation's own error is not carried: $error"
h5dump -d /status out/eis/result.h5 | grep -q 'charge displacement of 24 Mg' || fail "the source is not named"
head -n 1 out/eis/impedance_310.5K.csv | grep -q 'charge displacement of 24 Mg' || fail "the source is not named in the CSV"
finish
