#!/usr/bin/env bash
# The same sample, force field and steps here and with LAMMPS, one after the other on one core: speed, CPU time, measured rms
# force error, and their ratios.
#   tests/bench/lammps.sh [CELLS [STEPS [REPEATS]]]        defaults 3 (7,128 atoms), 1000, 3
# PADDLEWHEEL names our program, LMP theirs, LIMIT the rms force error allowed [eV/A], MORE further options of `paddlewheel bench`.
# LAMMPS gets the loosest accuracy of a list whose forces are measured to keep LIMIT, and the faster of two skins.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
cells=${1:-3} steps=${2:-1000} repeats=${3:-3}
program=${PADDLEWHEEL:-$source/build/release/src/app/paddlewheel} lmp=${LMP:-lmp} limit=${LIMIT:-1.5e-4}
command -v "$lmp" >/dev/null || { echo "no '$lmp' here"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$source"

ours() { # STEPS: speed by wall and by CPU, rms error
    # shellcheck disable=SC2086 # MORE is several words
    "$program" bench --cells "$cells" --steps "$1" --out "$folder" ${MORE:-} >"$folder/ours" 2>/dev/null
    sed -n 's/^wall .*: \([0-9.e+]*\) atom-steps.s, \([0-9.e+]*\) per s of CPU.*/\1 \2/p; s/^rms force error \([0-9.e-]*\) eV.*/\1/p' "$folder/ours" | tr '\n' ' '
}

theirs() { # STEPS ACCURACY SKIN: speed by wall and by CPU, rms difference from our converged forces
    (cd "$folder" && "$lmp" -in in.lammps -log none -var steps "$1" -var accuracy "$2" -var skin "$3" >theirs)
    awk -v steps="$1" '/^Loop time of/ && $9 == steps {wall = $4; n = $12} /CPU use with/ && wall {use = $1 / 100}
        END {printf "%.4g %.4g ", n * steps / wall, n * steps / wall / use}' "$folder/theirs"
    awk 'FNR == NR {if ($1 != "#") for (k = 2; k < 5; k++) f[$1, k] = $k; next}
        FNR > 9 {for (k = 2; k < 5; k++) sum += ($k - f[$1, k])^2; n++}
        END {printf "%.2e\n", sqrt(sum / n)}' "$folder/reference_forces.txt" "$folder/lammps_forces.txt"
}

ours 20 >/dev/null
for accuracy in 3e-5 2e-5 1e-5 3e-6 1e-6 3e-7; do
    read -r _ _ error <<<"$(theirs 1 $accuracy 1.0)"
    echo "LAMMPS with pppm $accuracy: rms force error $error eV/A"
    awk -v e="$error" -v l="$limit" 'BEGIN {exit !(e <= l)}' && break
done
skin=$(for s in 1.0 2.0; do echo "$(theirs 100 $accuracy $s) $s"; done | sort -k 2 -g | tail -n 1 | cut -d ' ' -f 4)
printf '%s, %s steps; LAMMPS: %s, pppm %s, skin %s A, best of 1 and 2\n' "$(grep ' atoms, ' "$folder/ours" | sed 's/, .* on/ on/')" \
    "$steps" "$("$lmp" -h | sed -n 's/.*Simulator - //p')" "$accuracy" "$skin"
printf '%-12s %14s %14s %12s\n' '' 'atom-steps/s' 'per s of CPU' 'rms error'
for _ in $(seq "$repeats"); do
    read -r -a o <<<"$(ours "$steps")"
    read -r -a t <<<"$(theirs "$steps" "$accuracy" "$skin")"
    printf '%-12s %14s %14s %12s\n' paddlewheel "${o[@]}" LAMMPS "${t[@]}"
    echo "${o[@]} ${t[@]}" >>"$folder/all"
done
awk '{wall[NR] = $1 / $4; cpu[NR] = $2 / $5}
    function middle(v, n,   i, j, x) {
        for (i = 2; i <= n; i++) {x = v[i]; for (j = i - 1; j > 0 && v[j] > x; j--) v[j + 1] = v[j]; v[j + 1] = x}
        return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    END {printf "paddlewheel/LAMMPS: wall %.2f, CPU %.2f (median of %d)\n", middle(wall, NR), middle(cpu, NR), NR}' "$folder/all"
