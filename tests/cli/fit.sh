#!/usr/bin/env bash
# `fit potential` and `fit gordon-kim`: recipes that are wrong, one that is right, and that the shipped potential is what its recipe says it is.
. "$SOURCE/tests/cli/lib.sh"
cp -r "$SOURCE/potentials" .
recipe() { sed "$1" potentials/mgbh4-born.fit.yaml >potentials/r.yaml; }

refuses 2 "input error: fit: 'study' cannot be fitted; allowed: gordon-kim, potential" fit study potentials/mgbh4-born.fit.yaml
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

# gordon-kim: what is wrong is said with file, line and key
gk() { sed "$1" potentials/mgbh4-gordon-kim.fit.yaml >potentials/g.yaml; }
gk 's/exchange: gga_x_pbe,/exchange: gga_x_pbf,/'
refuses 2 "input error: potentials/g.yaml:15: exchange: functional 'gga_x_pbf' is not known to libxc ...; did you mean 'gga_x_pbe'..." fit gordon-kim potentials/g.yaml
gk 's/kinetic: lda_k_tf,/kinetic: lda_x,/'
refuses 2 "input error: potentials/g.yaml:14: kinetic: 'lda_x' is no kinetic functional..." fit gordon-kim potentials/g.yaml
gk 's/^density: .*/density: lda_x+lda_c_vwm/'
refuses 2 "input error: potentials/g.yaml:...: density: functional 'lda_c_vwm' is not known to ...'lda_c_vwn'..." fit gordon-kim potentials/g.yaml
gk 's/ion: H-,/ion: H--,/'
refuses 2 "input error: potentials/g.yaml:...: ion: ...BH4-..." fit gordon-kim potentials/g.yaml
gk 's/a: Mg2+$/a: Mg3+/'
refuses 2 "input error: potentials/g.yaml:...: a: no ion is named 'Mg3+'" fit gordon-kim potentials/g.yaml
gk 's/pair: Mg-B/pair: B-B/'
refuses 2 "input error: potentials/g.yaml:...: pair: Mg2+ and BH4- have no pair B-B" fit gordon-kim potentials/g.yaml
gk 's/fit_from: 1.4 A/fit_from: 1.2 A/'
refuses 2 "input error: potentials/g.yaml:...: fit_from: atoms of the two ions meet at 1.22 A; ..." fit gordon-kim potentials/g.yaml
gk 's/watson_radius: 2.1167 A/watson_radius: 2.1167/'
refuses 2 "input error: potentials/g.yaml:...: watson_radius: ..." fit gordon-kim potentials/g.yaml
gk 's/exchange: gga_x_b88, correlation: gga_c_lyp/exchange: lda_x, correlation: lda_c_vwn/'
works 1 fit gordon-kim potentials/g.yaml --check
grep -q 'warning: gga_k_llp with lda_x and lda_c_vwn is inconsistent' "$said/err" || fail "no warning of an inconsistent set"

# the shipped one is what its recipe says, on two ranks as on one; a fit to frames starts from it
gk 's/points: 80/points: 40/; s/step: 0.1 A/step: 0.3 A/; s/fit_to: 3.1 A/fit_to: 3.2 A/'
works 1 fit gordon-kim potentials/g.yaml --output one.yaml
works 2 fit gordon-kim potentials/g.yaml --output two.yaml
cmp -s one.yaml two.yaml || fail "one and two ranks give different potentials"
same_data "one and two ranks" one.curves.h5 two.curves.h5
grep -q '^  lda_k_tf: .*Thomas' one.yaml && grep -q 'libxc [0-9]' one.yaml || fail "no references or version of libxc in one.yaml"
works 1 fit gordon-kim potentials/mgbh4-gordon-kim.fit.yaml --output gk.yaml
diff <(sed -n '/^charges/,/^rigid/p; /^residuals/,/^validity/p' gk.yaml) <(sed -n '/^charges/,/^rigid/p; /^residuals/,/^validity/p' potentials/mgbh4-gordon-kim.yaml) >"$said/diff" ||
    fail "potentials/mgbh4-gordon-kim.yaml is not what its recipe gives: $(head -n 4 "$said/diff")"
works 1 fit potential potentials/mgbh4-gordon-kim-refined.fit.yaml --check
works 1 explain gk.yaml
finish
