#!/usr/bin/env bash
# Structures that cannot be a sample: one line that says where and why; exit code 2; nothing is written.
. "$SOURCE/tests/cli/lib.sh"
study
works 1 cell gamma.cif --write whole.extxyz
works 1 cell gamma.cif --write whole.data

# damaged SED-SCRIPT FILE: the whole structure with one mistake
damaged() { sed "$1" "whole.${2##*.}" >"$2"; }

damaged '5s/^\(Mg *\)[^ ]*/\1nan/' nan.extxyz
refuses 2 "input error: nan.extxyz:5: position: 'nan' is not a finite number" cell nan.extxyz --write out.cif
damaged '5s/^\(Mg *\)[^ ]*/\1inf/' inf.extxyz
refuses 2 "input error: inf.extxyz:5: position: 'inf' is not a finite number" cell inf.extxyz --write out.cif
damaged '5s/^\(Mg *\)[^ ]*/\11.0x/' word.extxyz
refuses 2 "input error: word.extxyz:5: position: '1.0x' is not a number" cell word.extxyz --write out.cif
damaged 's/^\(3 3 1 0 \)[^ ]*/\1nan/' nan.data
refuses 2 "input error: nan.data:24: Atoms: position: 'nan' is not a finite number" cell nan.data --write out.cif

damaged '5s/^Mg/Xq/' element.extxyz
refuses 2 "input error: element.extxyz:5: atom 3: unknown element 'Xq', known are H, D, B, 10B, 11B, Mg" \
    cell element.extxyz --write out.cif
sed 's/^Mg1/Xq1/; s/ Mg / Xq /' gamma.cif >element.cif
refuses 2 "input error: element.cif:123: site Xq1: unknown element 'Xq', known are H, D, B, 10B, 11B, Mg" cell element.cif --write out.cif

sed '1s/264/265/; 4p' whole.extxyz >overlap.extxyz
refuses 2 "input error: overlap.extxyz: atoms 2 (Mg) and 3 (Mg) overlap: 0.000 A apart, at least 0.5 A allowed" \
    cell overlap.extxyz --write out.cif

damaged '$d' short.extxyz
refuses 2 "input error: short.extxyz:265: file ends after 263 of 264 atoms" cell short.extxyz --write out.cif
damaged 's/Lattice="[^"]*"//' nobox.extxyz
refuses 2 "input error: nobox.extxyz:2: Lattice: missing; a line with Lattice=\"ax ay az bx by bz cx cy cz\" [A] must follow the number of atoms" \
    cell nobox.extxyz --write out.cif

for format in extxyz data cif h5; do : >"empty.$format"; done
refuses 2 "input error: empty.extxyz: empty, at least one frame needed" cell empty.extxyz
refuses 2 "input error: empty.data: empty, a LAMMPS data file begins with a title line" cell empty.data
refuses 2 "input error: empty.cif: _cell_length_a: missing" cell empty.cif
refuses 4 "file error: empty.h5: not an HDF5 file, or truncated, or not closed; make it again" cell empty.h5

refuses 2 "input error: absent.cif: cannot be opened: No such file or directory" cell absent.cif
refuses 2 "input error: gamma.abc: not a structure file by its name, allowed are .cif .xyz .extxyz .data .lmp .h5 .h5md" \
    cell gamma.abc
refuses 2 "input error: --supercell '2x2': three positive numbers are needed, for example 2x2x2" cell gamma.cif --supercell 2x2
refuses 2 "input error: unknown isotope 'He' of H, known are H, D, ..." cell gamma.cif --hydrogen He
refuses 2 "input error: out.abc: not a structure file by its name, allowed are .cif .xyz .extxyz .data .lmp .h5 .h5md" cell gamma.cif --write out.abc

# a structure with a mistake inside a study
study 's/gamma.cif/overlap.extxyz/'
refuses 2 "input error: stage gamma: overlap.extxyz: atoms 2 (Mg) and 3 (Mg) overlap: ..." run study.yaml

# a box smaller than twice the cut-off
refuses 2 "input error: --cutoff: the box is 15.757 A wide, smaller than twice the cut-off of 8 A; take a supercell or a cut-off below 7.879 A" \
    energy gamma.cif --potential potential.yaml --cutoff '8 A'
study 's/^    cell: gamma/&\n    cutoff: 8 A/'
works 1 run study.yaml --only gamma
for how in --check --resume; do
    refuses 2 "input error: stage hot: study.yaml:11: cutoff: the box is 15.757 A wide, smaller than twice the cut-off of 8 A; take a larger supercell or a cut-off below 7.879 A" \
        run study.yaml "$how"
done
finish
