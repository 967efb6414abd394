#!/usr/bin/env bash
# From a trajectory to a pellet: ions that walk, their charge current, its conductivity, the impedance. A run that is too short says
# so and gives no impedance.
. "$SOURCE/tests/cli/lib.sh"
cat >study.yaml <<'END'
study: chain
output: out
stages:
  - name: walk
    kind: constructed
    motion: {motion: rest, ions: 32, walk_length: 3 angstrom, walk_time: 10 ps, interval: 1 ps, frames: 8000}
    observables: {current: {temperature: 400 K}}
  - name: pellet
    kind: eis
    from: walk
    thickness: 1 mm
    diameter: 10 mm
    circuit: R1
END
works 2 run study.yaml
number() { h5dump -m %.12g -w 0 -y -d "$2" "out/$1/result.h5" | sed -n 's/^ *\([-+0-9.e]*\)$/\1/p' | head -n 1; }
# independent walks: n q^2 D/kT, D = 3^2/(6*10) A^2/ps, 16 Mg2+ among 32 BH4- on a grid of 4 x 4 x 4 places 6 A apart
awk -v s="$(number walk /current/conductivity)" -v e="$(number walk /current/conductivity_error)" \
    -v p="$(sed -n 's/.*400 K: sigma = \([0-9.]*\) S.*/\1/p' "$said/out" "$said/err")" 'BEGIN {
    q = 1.602176634e-19; volume = 64 * 216e-24; kt = 1.380649e-23 * 400
    exact = 16 / volume * 4 * q * q * (9 / 60 * 1e-4) / kt
    print "exact " exact ", current " s " +- " e ", pellet " p " S/cm"
    off = s - exact; if (off < 0) off = -off
    seen = p / s - 1; if (seen < 0) seen = -seen
    exit !(e > 0 && off < 5 * e && p != "" && seen < 0.02) }' || fail "conductivity"
[ -s out/pellet/impedance_400K.csv ] && ! grep -qi nan out/pellet/impedance_400K.csv || fail "impedance: $(head -n 5 out/pellet/impedance_400K.csv)"

sed 's/frames: 8000/frames: 100/; s/^output: .*/output: short/' study.yaml >short.yaml
on 1 run short.yaml
says 2 "input error: stage pellet: short.yaml:...: highest: the conductivity has no DC value and begins at ... Hz, above all that the analyser sees; its stage says: not converged: ... independent windows, ... needed: a run at least ... times longer (400 K)"
[ -z "$(find short/pellet -name 'impedance*' 2>/dev/null)" ] || fail "an impedance from a run that is too short"
sed 's/frames: 8000/frames: 4/; s/^output: .*/output: none/' study.yaml >none.yaml
on 1 run none.yaml
says 2 "input error: ..."
finish
