#!/usr/bin/env bash
# --help of every command, --version, explain of everything that has a name.
. "$SOURCE/tests/cli/lib.sh"

has() { grep -qE -- "$1" "$said/out" || fail "no '$1' in: $(head -n 3 "$said/out")"; }

works 1 --help
commands=$(sed -n 's/^  \([a-z]\{3,\}\) .*/\1/p' "$said/out")
for wanted in run cell energy analyse compare report explain; do
    grep -qw "$wanted" <<<"$commands" || fail "--help does not list '$wanted'"
done
has 'exit codes: 0 done, 2 input, 3 numerical, 4 file, 75'
for command in $commands; do
    works 1 "$command" --help
    has "^paddlewheel $command: ...*"
    has "^usage: paddlewheel $command "
done
works 4 run --help
[ "$(grep -c '^usage:' "$said/out")" -eq 1 ] || fail "help is printed by every rank"

works 1 --version
for library in '^paddlewheel [0-9.]+ \(git ' 'compiler: "...' FFTW HDF5 spglib '^mpi: "Open MPI v[0-9]'; do has "$library"; done

# the error for an unknown name lists the known ones
on 1 explain nothing
says 2 "input error: explain: 'nothing' is neither a file nor a known name; known: cell, md, ..."
names=$(sed -n "s/.*known: //; s/;.*//p" "$said/err" | tr -d , )
[ "$(wc -w <<<"$names")" -gt 12 ] || fail "only these have a name: $names"
for name in $names; do
    works 1 explain "$name"
    has "^(kind of stage|observable|species) $name: ."
done
works 1 explain md
has 'timestep'
works 1 explain isf
has '^  reference: .'
works 1 explain "$SOURCE/tests/reference/lammps/parameters.yaml"
has 'exp\('
finish
