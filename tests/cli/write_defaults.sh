#!/usr/bin/env bash
# What --write-defaults prints is a study with the same stages: read again it prints the same, and nothing is run again.
. "$SOURCE/tests/cli/lib.sh"
study
works 1 run study.yaml
same_defaults . study.yaml
works 1 run again-study.yaml
grep -q '^stage [a-z]* *(' "$said/err" && fail "a stage was run again for the written-out defaults"
[ "$(grep -c 'unchanged, kept' "$said/err")" -eq 2 ] || fail "not both stages were kept"

# every default is there
for key in seed: checkpoint_every: thermostat: cutoff: force_error: shear_plane: supercell:; do
    grep -q "^ *$key ." again-study.yaml || fail "no '$key' in the written-out defaults"
done
finish
