#!/usr/bin/env bash
# inputs/amorphise.yaml makes an amorphous cell, and one like that which is shipped.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/slow/numbers.sh"
runs amorphise.yaml
number() { h5dump -w 0 -y -d "/pdf/$1" "$work/out/relaxed/result.h5" | sed -n 's/^ *\([-+0-9.e]*\)$/\1/p' | head -n 1; }
check "Bragg peaks" "$(number bragg/crystal)" 0 0
check "Mg-Mg [A]" "$(number peak/Mg-Mg/position)" 4.8 0.2
check "BH4 intact" "$(scalar relaxed bh4_intact)" 1 0
# another rank count or compiler gives another cell of the same kind
check "density [g/cm3]" "$(scalar relaxed density)" 0.553 0.03
check "BH4 per Mg" "$(scalar relaxed mg_coordination)" 3.95 0.15
finish
