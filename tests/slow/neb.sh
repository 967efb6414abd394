#!/usr/bin/env bash
# Barrier of a C3 turn in gamma: end points that are alike, converged in the number of images, free and locked. Half a turn across leads
# over minima: with BH4 locked each of its pieces is such a C3 turn.
. "$SOURCE/tests/cli/lib.sh"
on() { timeout -k 5 900 "$PADDLEWHEEL" "${@:2}" >"$said/out" 2>"$said/err" </dev/null; status=$?; }
number() { h5dump -y -d "$2" "$1" 2>"$said/err" | sed -n '/DATA {/,/}/{s/^ *\([-0-9.e+]*\)$/\1/p}' | head -n 1; }
for images in 7 11; do
    cat >r.yaml <<YAML
neb: images$images
structure: $SOURCE/inputs/structures/gamma_MgBH42_dft.cif
potential: $SOURCE/potentials/mgbh4-born.yaml
move: {kind: rotation, ion: 1, axis: bond}
images: $images
fmax: 0.002 eV/A
prefactor: false
YAML
    works 1 neb r.yaml
done
# the other end point turned by hand, not by changing names: relaxed it is as deep
cat >turned.py <<'PY'
import sys
lines = open("images7.free.extxyz").read().split("\n")
n = int(lines[0])
frame = lines[-(n + 3):-1] if lines[-1] == "" else lines[-(n + 2):]
import math
atoms = [l.split() for l in frame[2:]]
b = next(i for i, a in enumerate(atoms) if a[0] == "B")
x = [[float(v) for v in atoms[b + k][1:4]] for k in range(5)]
axis = [x[1][c] - x[0][c] for c in range(3)]
norm = math.sqrt(sum(v * v for v in axis))
u = [v / norm for v in axis]
s, co = math.sin(2 * math.pi / 3), math.cos(2 * math.pi / 3)
for k in range(1, 5):
    r = [x[k][c] - x[0][c] for c in range(3)]
    cross = [u[1] * r[2] - u[2] * r[1], u[2] * r[0] - u[0] * r[2], u[0] * r[1] - u[1] * r[0]]
    d = sum(a * c for a, c in zip(u, r))
    new = [x[0][c] + co * r[c] + s * cross[c] + (1 - co) * d * u[c] for c in range(3)]
    atoms[b + k][1:4] = ["%.10f" % v for v in new]
print("\n".join(frame[:2] + [" ".join(a) for a in atoms]))
PY
python3 turned.py >turned.extxyz
head -n 266 images7.free.extxyz >start.extxyz
cat >r.yaml <<YAML
neb: byhand
structure: start.extxyz
potential: $SOURCE/potentials/mgbh4-born.yaml
move: {kind: ends, final: turned.extxyz}
images: 3
fmax: 1 eV/A
climb: false
relax_force: 5e-5 eV/A
relax_steps: 20000
lock: none
prefactor: false
YAML
works 1 neb r.yaml
awk -v a="$(number byhand.h5 /free/difference)" 'BEGIN { exit !(a != "" && a < 1e-6 && a > -1e-6) }' ||
    fail "turned by hand the other end point is $(number byhand.h5 /free/difference) eV higher"
for way in free locked; do
    a=$(number images7.h5 /$way/barrier) b=$(number images11.h5 /$way/barrier)
    awk -v a="${a:-x}" -v b="${b:-y}" 'BEGIN { exit !(a + 0 > 0.1 && a - b < 2e-3 && b - a < 2e-3) }' || fail "$way: $a eV with 7 images, $b eV with 11"
    awk -v a="$(number images7.h5 /$way/difference)" 'BEGIN { exit !(a != "" && a < 1e-6 && a > -1e-6) }' || fail "$way: end points differ"
done
cat >r.yaml <<YAML
neb: across
structure: $SOURCE/inputs/structures/gamma_MgBH42_dft.cif
potential: $SOURCE/potentials/mgbh4-born.yaml
move: {kind: rotation, ion: 1, axis: across}
prefactor: false
YAML
works 1 neb r.yaml
for way in free locked; do
    h5dump -d /$way/status across.h5 | grep -q '"converged"' || fail "half a turn across, $way: $(cat "$said/out")"
    pieces=$(h5dump -y -d /$way/piece_barrier across.h5 | sed -n '/DATA {/,/}/p' | grep -o '[0-9.]*[0-9],\?' | tr -d ',' | tr '\n' ' ')
    [ "$(wc -w <<<"$pieces")" -ge 3 ] || fail "half a turn across, $way, is no several pieces: $pieces"
done
for piece in $pieces; do
    awk -v a="$piece" -v b="$(number images11.h5 /locked/barrier)" 'BEGIN { exit !(a - b < 2e-3 && b - a < 2e-3) }' ||
        fail "locked, a piece of half a turn across: $piece eV instead of $(number images11.h5 /locked/barrier)"
done
finish
