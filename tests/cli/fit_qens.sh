#!/usr/bin/env bash
# `fit qens`: counts made by another road come back at three temperatures, with a stated and with a measured resolution; recipes and
# files that are wrong are refused with their place.
. "$SOURCE/tests/cli/lib.sh"
command -v /usr/bin/python3 >/dev/null || skip "no python3"
/usr/bin/python3 "$SOURCE/tests/cli/fit_qens_data.py" || fail "no data"

cat >good.yaml <<'END'
name: synthetic
data:
  - {file: 310K.csv}
  - {file: 350K.csv}
  - {file: 390K.csv, temperature: 390 K}
resolution: {fwhm: 0.1 meV}
END
# within FILE WORD... : the number after these words is within four of its errors of the truth (first two arguments)
within() {
    local truth=$1 what=$2
    awk -v truth="$truth" -v what="$what" 'i = index($0, what) { n = split(substr($0, i + length(what)), w, /[ ,]+/)
        v = w[1] == "" ? w[2] : w[1]; e = w[1] == "" ? w[4] : w[3]; d = v - truth; if (d < 0) d = -d
        if (!(e > 0) || d > 4.5 * e) { print "not " truth ": " $0; bad = 1 } found = 1; exit } END { exit bad || !found }' "$said/out" ||
        fail "$what is not $truth within its error"
}
judge() {
    within 0.03 "Ea"
    within 3.075 "tau = hbar/Gamma"
    within 0.3 "immobile p"
    within 0.3 "<u^2>"
    grep -q "modes of chi'' (sum of 7 Q): 2" "$said/out" || fail "not two modes"
    grep -q 'Lorentzians: 1, by BIC' "$said/out" || fail "not one Lorentzian"
}
works 1 fit qens good.yaml
judge
[ -s synthetic.fit.h5 ] && [ "$(grep -c . synthetic.fit.csv)" -eq 22 ] || fail "files: $(ls)"
grep -q '^310K.csv,310,0.5,' synthetic.fit.csv || fail "table: $(sed -n 2p synthetic.fit.csv)"

recipe() { sed "$1" good.yaml >r.yaml; }
# one measured line for all Q, one temperature, two ranks: the same answer
awk -F, '/^#/ || /^Q/ || $1 == "0.5"' cold.csv >line.csv
recipe 's/{fwhm: 0.1 meV}/{file: line.csv}/; /350K/d; /390K/d; s/synthetic/measured/'
works 2 fit qens r.yaml --output out.h5
within 3.075 "tau = hbar/Gamma"
within 0.3 "immobile p"
[ -s out.h5 ] && [ -s out.csv ] || fail "files: $(ls)"
# a run as an instrument leaves it: kf/ki still in it, detectors that do not see all channels
awk -F, -v OFS=, '/^# temp/ { print; print "# wavelength: 5 angstrom"; print "# kf_over_ki: yes"; next } /^[#Q]/ { print; next }
    { e = 0.5 * ($2 + $3); $4 = ($1 < 0.8 && e < -2) || e > 1.2 ? "" : sprintf("%.0f", $4 * sqrt(1 - e / 3.2723)) } 1' cold.csv >vanadium.csv
recipe 's/{fwhm: 0.1 meV}/{file: vanadium.csv}/; /350K/d; /390K/d; s/synthetic/vanadium/'
works 1 fit qens r.yaml
within 3.075 "tau = hbar/Gamma"
within 0.3 "immobile p"
sed -i '/wavelength/d' vanadium.csv
refuses 2 "input error: ./vanadium.csv: resolution: kf/ki is in it, but the incident wavelength is not known" fit qens r.yaml
works 1 fit qens good.yaml --check
grep -q 'nothing was fitted' "$said/err" || fail "--check says nothing"

bad() { # bad SED MESSAGE
    recipe "$1"
    refuses 2 "input error: $2" fit qens r.yaml
}
bad 's/{fwhm: 0.1 meV}/{floor: "1e-3"}/' "r.yaml:6: resolution: give one of fwhm, instrument, file"
bad 's/fwhm: 0.1 meV/fwhm: 0.1/' "r.yaml:6: fwhm: ..."
bad 's/fwhm: 0.1 meV/file: nowhere.csv/' "...nowhere.csv..."
bad 's/350K.csv/350K.txt/' "...350K.txt..."
bad 's/^name: synthetic/name: synthetic\nwidth: free/' "r.yaml:2: width: unknown key; did you mean 'widths'? ..."
bad '$a energy_low: 2 meV\nenergy_high: 1 meV' "r.yaml:8: energy_high: 1 meV is not above energy_low, 2 meV"
bad '$a energy_low: 5 meV' "./310K.csv: no channel with a number lies in the window"
bad '$a q_low: 1 1/angstrom\nq_high: 0.5 1/angstrom' "r.yaml:8: q_high: 0.5 1/A is not above q_low, 1 1/A"
bad '$a lines: 3' "r.yaml:7: lines: ..."
bad '$a mode_energies: [1 meV, 2 meV, 3 meV, 4 meV, 5 meV]' "r.yaml:7: mode_energies: 5 energies; at most 4"
bad '$a mode_energies: [-1 meV]' "r.yaml:7: mode_energies: -1 meV is not positive"
bad '$a mode_energy: given' "r.yaml:7: mode_energy: 'given' needs mode_energies"
sed 's/^# temperature.*//' 350K.csv >cool.csv
bad 's/350K.csv/cool.csv/' "r.yaml:4: file: 'cool.csv' does not say its temperature; add temperature:"
sed '30s/,[0-9]*$/,-3/' 350K.csv >cool.csv
bad 's/350K.csv/cool.csv/' "...cool.csv...-3..."
awk -F, 'NR < 4 {print} NR == 3 {next} NR > 3 {print $0 ",1"}' OFS=, 350K.csv | sed '3s/$/,error/' >cool.csv
bad 's/350K.csv/cool.csv/; $a statistics: poisson' "r.yaml:4: file: statistics: poisson needs counts, but 'cool.csv' has errors"
finish
