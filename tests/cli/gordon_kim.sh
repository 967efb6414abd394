#!/usr/bin/env bash
# `fit gordon-kim`: recipes that are wrong, one that is right, and that the shipped potential is what its recipe gives.
. "$SOURCE/tests/cli/lib.sh"
cp -r "$SOURCE/potentials" .

# what is wrong is said with file, line and key
gk() { sed "$1" potentials/mgbh4-gordon-kim.fit.yaml >potentials/g.yaml; }
gk 's/exchange: gga_x_pbe,/exchange: gga_x_pbf,/'
refuses 2 "input error: potentials/g.yaml:14: exchange: functional 'gga_x_pbf' is not known to libxc ...; did you mean 'gga_x_pbe'..." fit gordon-kim potentials/g.yaml
gk 's/kinetic: lda_k_tf,/kinetic: lda_x,/'
refuses 2 "input error: potentials/g.yaml:13: kinetic: 'lda_x' is no kinetic functional..." fit gordon-kim potentials/g.yaml
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
gk 's/functionals: LDA, spacing/functionals: PBE, spacing/'
refuses 2 "input error: potentials/g.yaml:...: functionals: 'PBE' is no LDA set" fit gordon-kim potentials/g.yaml
gk 's/exchange: gga_x_b88, correlation: gga_c_lyp/exchange: lda_x, correlation: lda_c_vwn/'
works 1 fit gordon-kim potentials/g.yaml --check
grep -q 'warning: gga_k_llp with lda_x and lda_c_vwn is inconsistent' "$said/err" || fail "no warning of an inconsistent set"

# the shipped one is what its recipe says, on two ranks as on one; a fit to frames starts from it
gk 's/points: 80/points: 40/; s/step: 0.1 A/step: 0.3 A/; s/fit_to: 3.1 A/fit_to: 3.2 A/; s/spacing: 0.12 A/spacing: 0.22 A, cutoff: 6 A/'
works 1 fit gordon-kim potentials/g.yaml --output one.yaml
works 2 fit gordon-kim potentials/g.yaml --output two.yaml
cmp -s one.yaml two.yaml || fail "one and two ranks give different potentials"
same_data "one and two ranks" one.curves.h5 two.curves.h5
grep -q '^  lda_k_tf: .*Thomas' one.yaml && grep -q 'libxc [0-9]' one.yaml || fail "no references or version of libxc in one.yaml"
grep -q '^    sum: "[89]\.[0-9]* eV on a mesh of 0.22 A, [89]\.' one.yaml || fail "no energy of the crystal on a mesh in one.yaml"
gk '/^crystal/d'
works 1 fit gordon-kim potentials/g.yaml --output gk.yaml
value() { sed -n "s/^  $2: .*$3: \"\([0-9.e+]*\) .*/\1/p" "$1"; }
for pair in Mg-B Mg-H H-H; do
    for key in A rho; do
        stated=$(value potentials/mgbh4-gordon-kim.yaml $pair $key) found=$(value gk.yaml $pair $key)
        awk -v a="${stated:-x}" -v b="${found:-y}" 'BEGIN { exit !(a + 0 > 0 && a - b < 1e-3 * a && b - a < 1e-3 * a) }' ||
            fail "$pair $key: the file says '$stated', its recipe gives '$found'"
    done
done
works 1 fit potential potentials/mgbh4-gordon-kim-refined.fit.yaml --check
works 1 explain gk.yaml
finish
