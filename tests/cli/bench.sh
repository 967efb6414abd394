#!/usr/bin/env bash
# `paddlewheel bench` prints its table and its error; LAMMPS runs the input that it writes and has the same forces and energy kept.
. "$SOURCE/tests/cli/lib.sh"
cd "$SOURCE" || exit 1

has() { grep -qE -- "$1" "$said/out" || fail "no '$1' in: $(cat "$said/out")"; }

works 1 bench --cells 1 --steps 5 --out "$work/one"
has '^264 atoms, 5 steps of 0.5 fs on 1 ranks \(1 x 1 x 1\), kernel (avx512|avx2|portable) double$'
has '^wall [0-9.]+ s, CPU [0-9.]+ s: [0-9.e+]+ atom-steps/s, [0-9.e+]+ per s of CPU, [0-9.]+ ns/day$'
has '^  waves to forces  .*%$'
has '^  sum .* 100.0%$'
has '^  halo +0.0 +0.0 +0 +0$'
has '^  mesh on 1 ranks in 1 columns'
error=$(sed -n 's/^rms force error \([0-9.e-]*\) eV.*/\1/p' "$said/out")
awk -v e="$error" 'BEGIN {exit !(e > 1e-6 && e < 1.5e-4)}' || fail "rms force error $error, not between 1e-6 and the 1.5e-4 eV/A asked for"
works 2 bench --cells 1 --steps 5 --model rigid --precision mixed --reproducible
has '^264 atoms, 5 steps of 2 fs on 2 ranks .*, kernel (avx512|avx2|portable) mixed$'
has '^  halo +[1-9]'

on 1 bench --cells none
says 2 "input error: --cells 'none': a whole number from 1 to 100 is needed"
on 1 bench --cells 1 --cutoff 20
says 2 "input error: --cutoff: '20' has no unit; ..."
on 1 bench --model stiff
says 2 "input error: --model 'stiff': allowed are flexible, rigid"
on 1 bench --cells 1 --steps 5 --out /dev/null/one
says 4 "file error: --out: /dev/null/one: folder cannot be made: Not a directory; make the folder first"

command -v lmp >/dev/null || { [ "$failures" -gt 0 ] && finish; skip "LAMMPS is not installed"; }
# peer WHAT LARGEST: LAMMPS runs the folder, rms difference from our converged forces below LARGEST [eV/A]
peer() {
    (cd "$work/one" && timeout 100 lmp -in in.lammps -log none -var accuracy 1e-5) >"$said/lmp" 2>&1 || fail "$1: $(tail -n 4 "$said/lmp")"
    grep -q '^Loop time of ' "$said/lmp" || fail "$1: no loop time"
    awk 'FNR == NR {if ($1 != "#") for (k = 2; k < 5; k++) f[$1, k] = $k; next}
         FNR > 9 {for (k = 2; k < 5; k++) sum += ($k - f[$1, k])^2; n++}
         END {r = sqrt(sum / n); print r; exit !(n == 264 && r < '"$2"')}' "$work/one/reference_forces.txt" "$work/one/lammps_forces.txt" \
        >"$said/rms" || fail "$1: rms difference of forces $(cat "$said/rms") eV/A"
}
peer flexible 1.5e-4
works 1 bench --cells 1 --steps 5 --model rigid --no-shift --out "$work/one"
peer rigid 1.5e-4
finish
