#!/usr/bin/env bash
# The paper's own inconsistencies stand next to the rows they touch: in result.h5, comparison.csv and the report; the shipped
# table names only measured numbers that exist.
. "$SOURCE/tests/cli/lib.sh"
compared_study

[ "$(grep -c '^F[0-9]*,' heere2020_remarks.csv)" -eq 13 ] || fail "not 13 findings"
for n in $(seq 13); do grep -q "^F$n,[a-z]" heere2020_remarks.csv || fail "no finding F$n"; done
works 1 run study.yaml --only compare
for row in 'cond_ar_313,.*"see F1, F3, F4, F5, F11"' 'cond_ar_353,.*"see F1, F3, F5"' 'cond_ar_Ea,.*"see F2, F5"'; do
    grep -q "^$row" out/compare/comparison.csv || fail "no row $row in: $(cat out/compare/comparison.csv)"
done
h5dump -d /remarks out/compare/result.h5 | grep -q 'F5: The pellets as listed' || fail "no remarks in result.h5"

if /usr/bin/python3 -c 'import h5py, matplotlib' 2>/dev/null; then
    works 1 run study.yaml
    grep -q '<a href="#F4" title="With a permittivity of 5' out/report.html || fail "the report does not lead from a row to F4"
    tr '\n' ' ' <out/report.html | sed -n 's/.*touch these rows\(.*\)Its other inconsistencies.*/\1/p' >touched
    for n in 1 2 3 4 5 11; do grep -q "id=\"F$n\"" touched || fail "F$n is not listed with the rows"; done
    grep -q 'id="F6"' touched && fail "F6 touches no row here"
    grep -q 'id="F6"' out/report.html || fail "F6 is missing"
fi

# a remark about nothing
sed -i 's/cond_ratio_353_claim;/cond_ratio_353_clam;/' heere2020_remarks.csv
refuses 2 "input error: stage compare: heere2020_remarks.csv:4: ids: no measured number has the id 'cond_ratio_353_clam'" \
    run study.yaml --check
sed -i 's/cond_ratio_353_clam;/cond_ration_*;/' heere2020_remarks.csv
refuses 2 "input error: stage compare: heere2020_remarks.csv:4: ids: no measured number has the id 'cond_ration_*'" run study.yaml --check
sed -i 's/^finding,ids/finding,id/' heere2020_remarks.csv
refuses 2 "input error: stage compare: heere2020_remarks.csv:3: there is no column 'ids'; the columns are: finding, id, text" run study.yaml --check
finish
