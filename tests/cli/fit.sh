#!/usr/bin/env bash
# `fit potential`: recipes that are wrong, one that is right, and that the shipped potential is what its recipe says it is.
. "$SOURCE/tests/cli/lib.sh"
cp -r "$SOURCE/potentials" .
recipe() { sed "$1" potentials/mgbh4-born.fit.yaml >potentials/r.yaml; }

refuses 2 "input error: fit: 'study' cannot be fitted; allowed: potential, gordon-kim, ..." fit study potentials/mgbh4-born.fit.yaml
refuses 2 "input error: fit: an argument is missing; ..." fit potential
recipe 's/ground.extxyz/grund.extxyz/'
refuses 2 "input error: potentials/r.yaml:...: file: ...grund.extxyz..." fit potential potentials/r.yaml
recipe 's/^reference: ground/reference: grund/'
refuses 2 "input error: potentials/r.yaml:...: reference: no frame is named 'grund'" fit potential potentials/r.yaml
recipe 's/name: Mg-H.rho/name: Mg-H.roh/'
refuses 2 "input error: potentials/r.yaml:...: name: no parameter 'Mg-H.roh'; there are charge.Mg, ..." fit potential potentials/r.yaml
recipe 's/name: Mg-H.rho/name: Mg-H.A/'
refuses 2 "input error: potentials/r.yaml:...: name: 'Mg-H.A' is given twice" fit potential potentials/r.yaml
recipe 's/prior: "0.03"/prior: "0.03 A"/'
refuses 2 "input error: potentials/r.yaml:...: prior: ..." fit potential potentials/r.yaml
recipe 's/force_scale: 0.1 eV\/A/force_scale: 0.1/'
refuses 2 "input error: potentials/r.yaml:...: force_scale: ..." fit potential potentials/r.yaml
recipe 's/from: c2par90/from: c2par/'
refuses 2 "input error: potentials/r.yaml:...: from: no frame is named 'c2par'" fit potential potentials/r.yaml
recipe 's/^start: mgbh4-born.start.yaml/start: nowhere.yaml/'
refuses 2 "input error: ...nowhere.yaml..." fit potential potentials/r.yaml
sed -i 's/forces:R:3/forxes:R:3/' potentials/training/c2u90.extxyz
recipe ''
refuses 2 "input error: potentials/r.yaml:...: file: ...c2u90.extxyz:1: a training frame needs energy=... and a forces column" fit potential potentials/r.yaml
cp "$SOURCE/potentials/training/c2u90.extxyz" potentials/training/

# judged, not fitted: from the shipped potential itself; its residuals must be the ones it states
recipe 's/^start: .*/start: mgbh4-born.yaml/; s/^rounds: .*/rounds: 1\niterations: 0/'
works 2 fit potential potentials/r.yaml --output judged.yaml
stated() { sed -n "s/^ *$2: \"\([0-9.]*\) .*/\1/p" "$1"; }
for key in force_rmse_fitted force_rmse_held_out lattice_constant_0K barrier_c2par90; do
    stated=$(stated potentials/mgbh4-born.yaml $key) found=$(stated judged.yaml $key)
    awk -v a="${stated:-x}" -v b="${found:-y}" 'BEGIN { exit !(a + 0 > 0 && a - b < 2e-3 && b - a < 2e-3) }' ||
        fail "$key: the file says '$stated', the engine '$found'"
done
works 1 explain judged.yaml
grep -q '^residuals' "$said/out" && grep -q 'force_rmse_held_out' "$said/out" && grep -q '^validity' "$said/out" ||
    fail "explain does not print residuals and validity"
works 1 energy potentials/training/ground.extxyz --potential judged.yaml --cutoff '5 A'
finish
