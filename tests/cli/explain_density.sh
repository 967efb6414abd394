#!/usr/bin/env bash
# explain f:NAME and explain FUNCTIONAL: the numbers, what is known, what is refused.
. "$SOURCE/tests/cli/lib.sh"

has() { grep -qE -- "$1" "$said/out" || fail "no '$1' in: $(head -n 5 "$said/out")"; }

works 4 explain f:Mg2+
[ "$(grep -c '^form factor f:Mg2+: ' "$said/out")" -eq 1 ] || fail "not said once by four ranks"
has '^  10 electrons, total energy -199\.111737 hartree, gga_x_pbe\+gga_c_pbe'
has '^ +5\.0 +6\.2107 +0\.00[0-9]+ +6\.2364 +-0\.41  =+o'
has 'largest difference from W-K for Q <= 10 1/A: 0\.41 % of W-K'
has '^gga_c_pbe: .*doi 10\.1103/PhysRevLett\.77\.3865'

# the functional changes the numbers, and its library is named
works 1 explain f:Mg2+ --functional lda_x+lda_c_vwn
has '^  10 electrons, total energy -198\.29151[34] hartree, lda_x\+lda_c_vwn'
has '^functional lda_x\+lda_c_vwn: LDA of libxc [0-9]'

# a sphere by its radius or by the potential of the site
works 1 explain f:H- --functional lda_x+lda_c_vwn --watson "2.11670884 angstrom"
has 'total energy -0\.994326 hartree'
works 1 explain f:H- --functional lda_x+lda_c_vwn --watson "6.8028466 V"
has 'total energy -0\.994326 hartree'
works 1 explain f:BH4- --watson none
has ' - +- '

works 1 explain f:
for name in $(sed -n 's/^  f:\([^ ]*\) .*/\1/p' "$said/out"); do
    works 1 explain "f:$name"
    has "^form factor f:"
    known=$((${known:-0} + 1))
done
[ "${known:-0}" -ge 9 ] || fail "only ${known:-0} form factors"
works 1 explain gga_x_pbe
has '^gga_x_pbe: Perdew, Burke & Ernzerhof; '

refuses 2 "input error: form factor 'Mg3+' is not known; did you mean 'Mg+'?; known: Mg, ..." explain f:Mg3+
on 1 explain gga_x_pbee
says 2 "input error: functional 'gga_x_pbee' is not known to libxc ...; did you mean 'gga_x_pbe', ..."
on 1 explain f:Mg --functional lda_k_tf
says 2 "input error: functional 'lda_k_tf' is a kinetic energy; ..."
on 1 explain f:Mg --functional mgga_x_tpss
says 2 "input error: functional 'mgga_x_tpss' is a meta-GGA; LDA and GGA functionals ..."
on 1 explain f:Mg --watson "1 angstrom"
says 2 "input error: form factor 'Mg' takes no Watson sphere"
on 1 explain f:H- --watson "1 s"
says 2 "input error: explain: --watson '1 s': a radius ..."
on 1 explain md --watson none
says 2 "input error: explain: --functional and --watson belong to form factors, f:NAME"
refuses 3 "numerical error: H-: ... needs a Watson sphere" explain f:H- --watson none
finish
