#!/usr/bin/env bash
# Every output says where it comes from: program, MPI, ranks and their grid, seed, dates, and the SHA-256 of every file
# that it stands on, also through other stages; and the effective input it carries is a study that gives the same again.
. "$SOURCE/tests/cli/lib.sh"
study
works 4 run study.yaml

# text FILE DATASET: a text of an HDF5 file, as it is
text() { /usr/bin/python3 -c 'import sys, h5py; print(h5py.File(sys.argv[1])[sys.argv[2]][()].decode(), end="")' "$1" "$2"; }
/usr/bin/python3 -c 'import h5py' 2>/dev/null || skip "h5py is not here"

# says_where_from NAME REGULAR-EXPRESSION...: block.yaml has such lines
says_where_from() {
    local name=$1
    shift
    for pattern in "$@"; do
        grep -qE -- "$pattern" block.yaml || fail "$name: no line '$pattern' in: $(head -n 30 block.yaml)"
    done
}
date='"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"$'
always=('^program: "paddlewheel [0-9.]+ \(git ' '^code: "[0-9a-f]{64}"' '^compiler: "[A-Z]' '^libraries: "HDF5 .*FFTW'
    '^mpi: "[A-Z]' "^started: $date" "^inputs:")
input() { printf '^  - \\{role: %s, file: "%s", sha256: %s\\}$' "$1" "$2" "$(sha256sum <"${3:-$2}" | cut -d' ' -f1)"; }

text out/gamma/sample.h5 provenance >block.yaml
says_where_from "cell" "${always[@]}" '^ranks: 4$' '^seed: 7$' "^finished: $date" '^stage: gamma$' "$(input study study.yaml)" \
    "$(input structure gamma.cif)"
grep -q '^rank_grid' block.yaml && fail "a stage without domains has a rank grid"
grep -q 'role: potential' block.yaml && fail "a cell stands on no potential"

for output in "result.h5 provenance" "sample.h5 provenance" "trajectory.h5 parameters/provenance_finished" "stage.txt"; do
    set -- $output
    if [ $# -eq 2 ]; then text "out/hot/$1" "$2" >block.yaml; else cp "out/hot/$1" block.yaml; fi
    says_where_from "$output" "${always[@]}" '^ranks: 4$' '^rank_grid: \[(4, 1, 1|1, 4, 1|1, 1, 4|2, 2, 1|2, 1, 2|1, 2, 2)\]$' '^seed: 7$' \
        "^finished: $date" '^stage: hot$' "^stage_key: $(sed -n 's/^key: //p' out/hot/stage.txt)$" "$(input study study.yaml)" \
        "$(input structure gamma.cif)" "$(input potential potential.yaml)"
done
text out/hot/trajectory.h5 parameters/provenance >block.yaml
says_where_from "a trajectory at its start" "${always[@]}" "$(input potential potential.yaml)"
grep -q '^finished' block.yaml && fail "a trajectory is finished when it is begun"
grep -q "stage_key $(sed -n 's/^key: //p' out/hot/stage.txt)" out/hot/sample.extxyz || fail "sample.extxyz names no stage"

works 2 analyse msd --trajectory out/hot/trajectory.h5 --write msd.h5 --options 'tmax: 0.2 ps'
text msd.h5 provenance >block.yaml
says_where_from "analyse" "${always[@]}" '^ranks: 2$' "^finished: $date" "$(input trajectory out/hot/trajectory.h5)"
grep -q '^seed' block.yaml && fail "an analysis without random numbers has a seed"

works 1 cell gamma.cif --write copy.cif
grep -q "^# 1x1x1 from gamma.cif (sha256 $(sha256sum <gamma.cif | cut -d' ' -f1)) by paddlewheel " copy.cif ||
    fail "a structure that was written does not say from what: $(head -n 2 copy.cif)"

works 1 energy gamma.cif --potential potential.yaml --forces forces.csv
head -n 1 forces.csv | grep -q "^# paddlewheel .*gamma.cif (sha256 $(sha256sum <gamma.cif | cut -d' ' -f1)) with potential.yaml (sha256 $(sha256sum <potential.yaml | cut -d' ' -f1))" ||
    fail "a table of forces does not say from what: $(head -n 1 forces.csv)"

# the effective input is a study whose stages need not be run again
text out/hot/result.h5 provenance | sed -n '/^effective_input:/,$ { s/^  //p }' >effective.yaml
works 1 run effective.yaml
[ "$(grep -c 'unchanged, kept' "$said/err")" -eq 2 ] || fail "the effective input is another study: $(cat "$said/err")"

# a run that was stopped: when it began, and when it went on
rm -r out/hot
on 1 run study.yaml --stop-after-checks 10
text out/hot/trajectory.h5 parameters/provenance >begun.yaml
sleep 1.1
works 2 run study.yaml --resume
text out/hot/trajectory.h5 parameters/provenance | cmp -s - begun.yaml || fail "the beginning of a trajectory was rewritten"
text out/hot/result.h5 provenance >block.yaml
says_where_from "resumed" '^ranks: 2$' '^rank_grid: ' "$(grep '^started' begun.yaml)" "^resumed: $date"
[ "$(sed -n 's/^resumed: //p' block.yaml)" != "$(sed -n 's/^started: //p' begun.yaml)" ] || fail "it went on when it began"
finish
