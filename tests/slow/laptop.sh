#!/usr/bin/env bash
# inputs/heere2020-laptop.yaml: gamma keeps its space group, its lattice constant, its Mg-B distance and every BH4 for 50 ps
# at 310 K; the amorphous cell stays amorphous.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/slow/numbers.sh"
runs heere2020-laptop.yaml
check "gamma: space group" "$(scalar gamma-310 space_group)" 230 0
check "gamma: a [A]" "$(scalar gamma-310 lattice_constant)" 15.7575 0.2364 # 1.5 %
check "gamma: Mg-B [A]" "$(scalar pdf-gamma peak_MgB)" 2.41 0.06
check "gamma: BH4 intact" "$(scalar gamma-310 bh4_intact)" 1 0
check "gamma: Bragg peaks" "$(scalar pdf-gamma bragg_crystal)" 1 0
check "amorphous: Bragg peaks" "$(scalar pdf-amorphous bragg_crystal)" 0 0
check "amorphous: Mg-Mg [A]" "$(scalar pdf-amorphous peak_MgMg)" 4.8 0.2
check "amorphous: BH4 intact" "$(scalar amorphous-310 bh4_intact)" 1 0
[ -s "$work/out/report.html" ] || fail "no report"
finish
