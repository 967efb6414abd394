#!/usr/bin/env bash
# Every study in inputs/ passes --check, which writes nothing, and its written-out defaults can be read.
. "$SOURCE/tests/cli/lib.sh"
cp -r "$SOURCE/inputs" "$SOURCE/potentials" .
for study in inputs/*.yaml; do
    for ranks in 1 2; do
        before=$(files)
        works $ranks run "$study" --check
        grep -q '^all .* nothing was run$' "$said/out" || fail "$study --check prints no sum"
        [ "$(files)" = "$before" ] || fail "$study --check writes files"
    done
    same_defaults inputs "$(basename "$study")"
    rm -f inputs/again-*
done
finish
