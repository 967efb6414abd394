#!/usr/bin/env bash
# `instrument: toftof-5A` and descriptions of spectrometers: known jumps come back, what is counted is what is filed and
# fitted, the same bytes on 1 and 2 ranks, bad descriptions.
. "$SOURCE/tests/cli/lib.sh"
mkdir instruments
sed 's/frames: 4000/frames: 2000/; s/ions: 128/ions: 48/; s/groups: 20/groups: 12/; s/instrument: .*/instrument: toftof-5A/; s/q_step: 0.21/q_step: 0.25/' \
    "$SOURCE/inputs/constructed-c3.yaml" >study.yaml
printf '  - {name: plain, kind: qens, from: jumps, temperature: 310 K, counts: "2e5", plateau_start: 20 ps}\noutput: out\n' >>study.yaml
works 1 run study.yaml
q=$(find out -path '*/qens/result.h5')
[ -n "$q" ] || fail "no result of the stage"
folder=$(dirname "$q")
number() { h5dump -m %.12g -w 0 -y -d "/scalars/$2" "$(dirname "$folder")/$1/result.h5" | sed -n 's/^ *\([-+0-9.e]*\)$/\1/p' | head -n 1; }
# the same trajectory through the plain instrument: the finite run is in both
awk -v w="$(number qens hwhm1/value)" -v p="$(number plain hwhm1/value)" -v d="$(number qens d_BH/value)" 'BEGIN {
    print "half width " w ", plain " p ", d " d
    off = w - p; if (off < 0) off = -off
    exit !(w > 0.3 && w < 0.37 && off < 0.02 && d > 1.15 && d < 1.3) }' || fail "half width or bond length"
data() { h5dump -m %.17g -w 0 -y -d "$1" "$q" | sed -e 1,2d -e '/DATASPACE/d' -e '/DATATYPE/d' -e '/ATTRIBUTE/,$d'; }
[ "$(data /data/y)" = "$(data /spectra/counts)" ] || fail "what is filed is not what is fitted"
for file in spectra.csv spectra.nxs spectra.nxspe incoherent.sqw; do
    [ -s "$folder/$file" ] || fail "$file is missing"
done
cp "$folder/spectra.csv" first.csv
rm -r "$(dirname "$folder")"
works 2 run study.yaml
cmp -s first.csv "$folder/spectra.csv" || fail "two ranks count other neutrons"
sed -i '/name: plain/d' study.yaml

# a description in a file, at constant angle, natural boron in a plate
cat >instruments/mine.yaml <<'END'
name: mine
output: constant_angle
angle_step: 20 degree
e_step: 0.05 meV
reduced: true
holder: {shape: slab, thickness: 0.4 mm}
END
sed -i 's/instrument: .*/instrument: mine/' study.yaml
works 1 run study.yaml
grep -q '^two_theta \[degree\],E_low \[meV\],E_high \[meV\],y,error,truth' "$folder/spectra.csv" || fail "columns of angles"
grep -q 'instruments/mine.yaml' "$folder/stage.txt" || fail "the description is not among the inputs"
sed -i 's/thickness: 0.4 mm/thickness: 0.5 mm, scattering: 700 barn, absorption: 10 barn/' instruments/mine.yaml
works 1 run study.yaml
awk '/sigma_coh/ {coh = $3} /sigma_inc/ {inc = $3} /sigma_abs/ {abs = $3}
    END {exit !(coh + inc > 699.99 && coh + inc < 700.01 && inc > 20 * coh && abs == 10)}' "$folder/incoherent.sqw" ||
    fail "given cross sections are not those of the .sqw: $(grep sigma "$folder/incoherent.sqw")"
grep -q '^stage qens  *(qens)$' "$said/out" "$said/err" || fail "another description does not make the stage run again"
sed -i 's/e_step: 0.05 meV/e_step: 0.05/' instruments/mine.yaml
refuses 2 "input error: stage qens: instruments/mine.yaml:4: e_step: ..." run study.yaml --check
sed -i 's/instrument: .*/instrument: yours/' study.yaml
refuses 2 "input error: study.yaml:...: instrument: file 'instruments/yours.yaml' cannot be read (looked for instruments/yours.yaml); built in: toftof-5A" run study.yaml --check
sed -i 's/instrument: .*/instrument: [5 angstrom]/' study.yaml
refuses 2 "input error: ...: instrument: is a list; a name (toftof-5A, or of a file) or a mapping is needed" run study.yaml --check
sed -i 's/instrument: .*/instrument: {name: x, gaps: [3 degree]}/' study.yaml
refuses 2 "input error: stage qens: study.yaml:...: gaps: pairs of angles [from, to, from, to], increasing, are needed" run study.yaml --check
works 1 explain toftof-5A
grep -q 'mono_opening' "$said/out" || fail "explain toftof-5A does not list its keys"
finish
