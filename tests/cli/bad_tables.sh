#!/usr/bin/env bash
# Tables and comparisons with a mistake: one line that says where, what, and what is allowed; exit code 2; nothing is written.
. "$SOURCE/tests/cli/lib.sh"

# what --check finds
compared_study 's/stage: eis, value: sigma_353K/stage: eiss, value: sigma_353K/'
refuses 2 "input error: stage compare: study.yaml:26: stage: 'eiss' is not listed under 'from:'" run study.yaml --check
compared_study 's/id: cond_ar_353/id: cond_ar_354/'
refuses 2 "input error: stage compare: study.yaml:26: id: no measured number has the id 'cond_ar_354'; did you mean 'cond_ar_353'?" \
    run study.yaml --check
compared_study 's/role: input/role: imput/'
refuses 2 "input error: stage compare: study.yaml:25: role: 'imput' is not one of the choices; did you mean 'input'? ..." run study.yaml --check

compared_study
sed -i 's/5.3e-14/abc/' heere2020.csv
refuses 2 "input error: stage compare: study.yaml:25: id: heere2020.csv:2: value: 'abc' is not a finite number" run study.yaml --check
sed -i 's|abc,,S/cm|1e-14,,S/cmm|' heere2020.csv
refuses 2 "input error: stage compare: study.yaml:25: id: the table gives 'cond_ar_313' the unit 'S/cmm', which is none; write 1 or bool for plain numbers" run study.yaml --check
sed -i 's|1e-14,,S/cmm|nan,,S/cm|' heere2020.csv
refuses 2 "input error: stage compare: study.yaml:25: id: heere2020.csv:2: value: 'nan' is not a finite number" run study.yaml --check
sed -i 's/^id,/ident,/' heere2020.csv
refuses 2 "input error: stage compare: heere2020.csv:1: there is no column 'id'; the columns are: ident, quantity, ..." run study.yaml --check
head -c 700 "$SOURCE/inputs/measured/heere2020.csv" >heere2020.csv
refuses 2 "input error: stage compare: heere2020.csv:5: 4 fields; the header names 11 columns" run study.yaml --check
: >heere2020.csv
refuses 2 "input error: stage compare: heere2020.csv: the file is empty; a header line is needed" run study.yaml --check
printf 'id\0' >heere2020.csv
refuses 2 "input error: stage compare: heere2020.csv:1: the character 0; is this a text file?" run study.yaml --check
rm heere2020.csv
refuses 2 "input error: study.yaml:21: measured: file 'heere2020.csv' cannot be read (looked for heere2020.csv)" run study.yaml

# a hop model that does not fit the crystal
compared_study 's/distance: 4.19 A/distance: 4.6 A/'
refuses 2 "input error: stage eis: study.yaml:10: hops: hop 24d - 48g: no two such sites are 4.6 +- 0.05 A apart; the nearest are 3.677 A apart" \
    run study.yaml --check
compared_study 's/saddle: 0.72 eV/saddle: nan eV/'
refuses 2 "input error: stage eis: study.yaml:12: saddle: 'nan eV' is not a finite number" run study.yaml --check

# what only the results can tell
compared_study 's/value: sigma_353K/value: sigma_354K/'
works 1 run study.yaml --only eis
for ranks in 1 4; do
    on $ranks run study.yaml
    says 2 "input error: stage compare: study.yaml:26: value: stage 'eis' has no number 'sigma_354K'; did you mean 'sigma_353K'?; it has: Ea_sigma..."
    [ -z "$(ls -A out/compare)" ] || fail "something was left of a comparison that failed: $(ls -A out/compare)"
done
finish
