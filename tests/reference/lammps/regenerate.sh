#!/usr/bin/env bash
# Make {cubic,triclinic}-{pppm,ewald}.extxyz anew. Needs LAMMPS with KSPACE and MOLECULE (Debian: apt install lammps)
# and python3.
#   regenerate.sh [LMP]        LMP: the program, lmp by default
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lmp=${1:-lmp}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for name in cubic triclinic; do
    python3 "$here/reference.py" cell $name.data
    for kspace in pppm ewald; do
        out=$name-$kspace
        "$lmp" -nocite -log $out.log -in "$here/in.mgbh4" -var data $name.data -var out $out \
            -var kspace $kspace > $out.out || { tail -20 $out.out >&2; exit 1; }
        grep -E 'estimated absolute|^ +0 ' $out.log
        python3 "$here/reference.py" collect $name.data $out.dump $out.log "$here/$out.extxyz"
    done
done
