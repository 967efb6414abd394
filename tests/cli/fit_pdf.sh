#!/usr/bin/env bash
# `fit pdf`: recipes and data that are wrong, the shipped recipes, and a refinement whose truth is known.
. "$SOURCE/tests/cli/lib.sh"
mkdir inputs
cp -r "$SOURCE/inputs/fit-pdf" "$SOURCE/inputs/structures" inputs/
cd inputs/fit-pdf || exit 1
# alone CODE MESSAGE ARGUMENT...: as refuses, on one rank
alone() { refuses_on 1 "$@"; }
recipe() { sed "$1" model1.yaml >r.yaml; }
sed -i 's/^rmax: .*/rmax: 6 A/' model1.yaml

recipe 's/name: U.B}/name: U.Bo}/'
refuses 2 "input error: r.yaml:...: name: 'U.Bo': no site or element 'Bo'; sites: Mg1, B1, H1, H2" fit pdf r.yaml
recipe 's/name: U.B}/name: U.Mg}/'
alone 2 "input error: r.yaml:...: name: 'U.Mg' is given twice" fit pdf r.yaml
recipe 's/name: U.B}/name: U.H1}/'
alone 2 "input error: r.yaml:...: name: 'U.H' sets what 'U.H1' sets" fit pdf r.yaml
recipe 's/name: U.B}/name: delta3}/'
alone 2 "input error: r.yaml:...: name: 'delta3' is no parameter; did you mean 'delta...'?; there are ..." fit pdf r.yaml
recipe 's/name: a}/name: b}/'
alone 2 "input error: r.yaml:...: name: 'b': the space group fixes it or ties it to others; free: a" fit pdf r.yaml
recipe 's/name: U.Mg}/name: U12.Mg1}/; s/{site: Mg, U: 0.02 A^2}/{site: Mg, Uij: [0.02 A^2, 0.02 A^2, 0.02 A^2, 0 A^2, 0 A^2, 0 A^2]}/'
alone 2 "input error: r.yaml:...: name: 'U12.Mg1': symmetry fixes it or ties it to others on site Mg1; free: U11, U22" fit pdf r.yaml
recipe 's/{site: Mg, U: 0.02 A^2}/{site: Mg, Uij: [0.02 A^2, 0.02 A^2, 0.03 A^2, 0 A^2, 0 A^2, 0 A^2]}/'
alone 2 "input error: r.yaml:...: Uij: the symmetry of site Mg1 forbids these values" fit pdf r.yaml
recipe 's/name: a}/name: a, start: 15.7}/'
alone 2 "input error: r.yaml:...: start: ...15.7..." fit pdf r.yaml
recipe 's/name: a}/name: a, start: 25 A}/'
alone 2 "input error: r.yaml:...: start: a starts at 25 A, outside ..." fit pdf r.yaml
recipe 's/^rmin: .*/rmin: 80 A/; s/^rmax: .*/rmax: 90 A/'
refuses 2 "input error: r.yaml:...: rmin: no points between 80 and 90 A; gamma-md-310K.gr has 0.04 to ... A" fit pdf r.yaml
recipe 's/^rmax: .*/rmax: 1 A/'
alone 2 "input error: r.yaml:...: rmax: 1 A is not beyond rmin = 1.6 A" fit pdf r.yaml
recipe 's/^rmax: .*/rmax: 1.7 A/'
alone 2 "input error: refinement: ... independent points for 6 parameters" fit pdf r.yaml
recipe 's/^weights: .*/weights: neutral\nqmax: 0 1\/A/'
alone 2 "input error: r.yaml:...: weights: neutral need a qmax: ..." fit pdf r.yaml
recipe 's/^weights: .*/errors: file/'
alone 2 "input error: r.yaml:...: errors: gamma-md-310K.gr has no standard errors" fit pdf r.yaml
recipe 's/^weights: .*/symmetry: P 6/'
alone 2 "input error: r.yaml:...: symmetry: ...gamma_MgBH42_dft.cif: ..." fit pdf r.yaml
recipe 's/^structure: .*/structure: nowhere.cif/'
alone 2 "input error: ./nowhere.cif: cannot be opened: ..." fit pdf r.yaml
sed 's/^0.08 .*/0.08 zero/' gamma-md-310K.gr >broken.gr
recipe 's/^data: .*/data: broken.gr/'
alone 2 "input error: ./broken.gr:...zero..." fit pdf r.yaml
sed '/^qmax = /d' gamma-md-310K.gr >unsaid.gr
recipe 's/^data: .*/data: unsaid.gr/'
refuses 2 "input error: r.yaml:...: qmax: neither here nor in unsaid.gr; ..." fit pdf r.yaml
sed 's/name: U.Mg}/name: y.Mg1}/' model3.yaml >r.yaml
alone 2 "input error: r.yaml:...: name: 'y.Mg1': symmetry fixes it or ties it to others on site Mg1; free: x" fit pdf r.yaml
sed '/^symmetry/d' model3.yaml >r.yaml
alone 2 "input error: r.yaml:...: direction: direction: the symmetry of site Mg1 forbids this displacement; free coordinates: none ..." fit pdf r.yaml

for shipped in model1 model2 model3 long-range; do
    works 1 fit pdf $shipped.yaml --check
    grep -q '264 atoms' "$said/err" || fail "$shipped --check: $(cat "$said/err")"
done
[ -z "$(find . -name '*.h5')" ] || fail "--check writes files"

# G(r) of molecular dynamics in a cell of a = 15.7575 A; mean squares of its atoms: Mg 0.0363, B 0.0655 A^2
works 2 fit pdf long-range.yaml --output lr.h5
value() { sed -n "s/^  $1  *\([0-9.]*\).*/\1/p" "$said/out"; }
near() { awk -v v="$(value "$1")" -v t="$2" -v d="$3" 'BEGIN { exit !(v != "" && v - t <= d && t - v <= d) }' || fail "$1 is $(value "$1"), not $2 +- $3"; }
near a 15.7575 0.012
near U.Mg 0.0363 0.006
near U.B 0.0655 0.018
near scale 1 0.1
for file in lr.h5 lr.fgr lr.cif; do
    [ -s $file ] || fail "no $file"
done
[ "$(grep -c '^[0-9]' lr.fgr)" -eq 343 ] || fail "lr.fgr has $(grep -c '^[0-9]' lr.fgr) points"
grep -q '^_cell_length_a 15\.7[0-9]*([0-9]*)' lr.cif || fail "no lattice constant with its error in lr.cif"
h5dump -d /parameter/covariance lr.h5 >/dev/null || fail "no covariance in lr.h5"
works 1 explain fit-pdf
grep -q '^  normalisation: one of r_ij|r; default r_ij' "$said/out" || fail "explain fit-pdf does not print the keys"
# the refined structure is a structure
works 1 cell lr.cif
# so is one with half its hydrogen, for refinements that then begin where the first ended; not for a sample
sed '/^refine:/,$d; s/^rmax: .*/rmax: 4 A/' model1.yaml >r.yaml
printf 'refine:\n  - {name: scale}\n' >>r.yaml
works 1 fit pdf r.yaml --output half.h5
first=$(value scale)
sed '/^sites:/,/^delta2/{/^delta2/!d}; s/^structure: .*/structure: half.cif/' r.yaml >again.yaml
works 1 fit pdf again.yaml --output again.h5
[ -n "$first" ] && near scale "$first" 0.001
sites() { awk '$2 ~ /^(Mg|B|H)$/ { print $1, $7, $9 }' "$1"; }
[ "$(sites half.cif)" = "$(printf 'Mg1 1 0.02\nB1 1 0.03\nH1 0.5 0.08\nH2 0.5 0.08')" ] || fail "half.cif: $(sites half.cif)"
[ "$(sites half.cif)" = "$(sites again.cif)" ] || fail "again.cif: $(sites again.cif)"
refuses 2 "input error: half.cif:...: _atom_site_occupancy: site H1 is occupied by 0.5, only 1 is allowed (list a structure without disorder)" cell half.cif
finish
