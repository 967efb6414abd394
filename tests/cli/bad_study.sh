#!/usr/bin/env bash
# Study files with a mistake: one line that says where, what, and what is allowed; exit code 2; nothing is written.
. "$SOURCE/tests/cli/lib.sh"

study 's/timestep: 2 fs/timestep: 2/'
refuses 2 "input error: study.yaml:13: timestep: '2' has no unit; write for example '2 ps'" run study.yaml

study 's/timestep: 2 fs/timestep: 2 A/'
refuses 2 "input error: study.yaml:13: timestep: '2 A' has the wrong dimension; a unit like 'ps' is needed" run study.yaml

study 's/duration: /durations: /'
refuses 2 "input error: study.yaml:14: durations: unknown key; did you mean 'duration'? allowed keys: name, kind, cell, ..." \
    run study.yaml

study 's/seed: 7/seed: seven/'
refuses 2 "input error: study.yaml:3: seed: 'seven' is not a whole number" run study.yaml

study 's/timestep: 2 fs/timestep: [2, 3]/'
refuses 2 "input error: study.yaml:13: timestep: is a list; one number with its unit is needed" run study.yaml

study 's/model: rigid/model: rigit/'
refuses 2 "input error: study.yaml:12: model: 'rigit' is not one of the choices; did you mean 'rigid'? allowed: flexible, rigid" \
    run study.yaml

study 's/duration: 0.4 ps/duration: -1 ps/'
refuses 2 "input error: study.yaml:14: duration: '-1 ps' is out of range; 1e-06 to 1e+09 ps is allowed" run study.yaml

study '/timestep/d'
refuses 2 "input error: study.yaml:8: timestep: this key is missing and has no default (0.5 fs suits flexible, 2 fs rigid BH4)" \
    run study.yaml

study 's/kind: md/kind: dm/'
refuses 2 "input error: study.yaml:9: kind: 'dm' is not a kind of stage; allowed: cell, md, ..." run study.yaml

study 's/cell: gamma/cell: gama/'
refuses 2 "input error: study.yaml:10: cell: no earlier stage is called 'gama'; did you mean 'gamma'?" run study.yaml

study 's/name: hot/name: gamma/'
refuses 2 "input error: study.yaml:8: name: two stages are called 'gamma'" run study.yaml

study 's/observables: {/observables: [/'
refuses 2 "input error: study.yaml:17:59: not valid YAML: ..." run study.yaml

study 's/name: hot/name: "hot-{T}"\n    each: {t: [310, 355]}/'
refuses 2 "input error: study.yaml:8: 'hot-{T}': 'each' has no name 'T'" run study.yaml

study 's/name: hot/name: "hot-{T}"\n    each: {T: [310, 310]}/'
refuses 2 "input error: study.yaml:8: name: two stages are called 'hot-310'" run study.yaml

# what only an observable or the potential can judge is found by --check
study 's/isf: {tmax/isf: {tmaks/'
refuses 2 "input error: stage hot: study.yaml:17: tmaks: unknown key; did you mean 'tmax'? allowed keys: species, ..." \
    run study.yaml --check

study 's/isf:/iff:/'
refuses 2 "input error: stage hot: study.yaml:17: observables: unknown observable 'iff'; did you mean 'isf'?; allowed: isf, msd, ..." \
    run study.yaml --check

study
sed -i 's/A: "1500 eV"/A: "1500"/' potential.yaml
refuses 2 "input error: stage hot: potential.yaml:8: A: '1500' has no unit; write for example '1500 eV'" run study.yaml --check

study 's/^\( *\)model: rigid/&\n\1inner_steps: 4/'
refuses 2 "input error: stage hot: study.yaml:13: inner_steps: a rigid BH4 has no bonds and angles to step; leave it at 1" \
    run study.yaml --check

study 's/^\( *\)model: rigid/&\n\1shear_rate: 0.1 1\/ps\n\1shear_amplitude: 0.2/'
refuses 2 "input error: stage hot: study.yaml:13: shear_rate: either steady shear or a cycle: shear_amplitude is 0.2" \
    run study.yaml --check

study 's/^\( *\)model: rigid/&\n\1reproducible: true\n\1coulomb: ewald/'
refuses 2 "input error: stage hot: study.yaml:13: reproducible: Coulomb by Ewald is summed rank by rank; take coulomb: p3m" \
    run study.yaml --check

study 's/^\( *\)model: rigid/&\n\1pair_kernel: reference\n\1precision: mixed/'
refuses 2 "input error: stage hot: study.yaml:13: pair_kernel: 'reference' is double precision and not reproducible over rank counts; allowed with precision: mixed are auto, avx512, avx2, portable" \
    run study.yaml --check

study 's/^\( *\)model: rigid/&\n\1pair_kernel: reference\n\1reproducible: true/'
refuses 2 "input error: stage hot: study.yaml:13: pair_kernel: 'reference' is double precision and not reproducible over rank counts; allowed with reproducible: true are auto, avx512, avx2, portable" \
    run study.yaml --check

study 's/^\( *\)model: rigid/&\n\1measured_transforms: true\n\1reproducible: true/'
refuses 2 "input error: stage hot: study.yaml:13: measured_transforms: measured plans differ from run to run; leave it out with reproducible: true" \
    run study.yaml --check

study 's/^\( *\)model: rigid/&\n\1pair_kernel: avx3/'
refuses 2 "input error: study.yaml:13: pair_kernel: 'avx3' is not one of the choices; did you mean 'avx2'? allowed: auto, avx512, avx2, portable, reference" \
    run study.yaml

study 's/^\( *\)model: rigid/&\n\1precision: single/'
refuses 2 "input error: study.yaml:13: precision: 'single' is not one of the choices; allowed: double, mixed" run study.yaml

if ! grep -qw avx512f /proc/cpuinfo; then
    study 's/^\( *\)model: rigid/&\n\1pair_kernel: avx512/'
    refuses 2 "input error: stage hot: study.yaml:13: pair_kernel: this CPU has no 'avx512'; auto takes the best that it has" \
        run study.yaml --check
fi

# files that are missing or empty
study 's/gamma.cif/gama.cif/'
refuses 2 "input error: study.yaml:7: structure: file 'gama.cif' cannot be read (looked for gama.cif)" run study.yaml

study 's/potential: potential/potential: potentials/'
refuses 2 "input error: study.yaml:11: potential: file 'potentials.yaml' cannot be read (looked for potentials.yaml)" run study.yaml

: >empty.yaml
refuses 2 "input error: empty.yaml: the file is empty" run empty.yaml
refuses 2 "input error: absent.yaml: cannot be opened: No such file or directory" run absent.yaml

study
: >potential.yaml
refuses 2 "input error: stage hot: potential.yaml: the file is empty" run study.yaml --check
: >gamma.cif
refuses 2 "input error: stage gamma: gamma.cif: _cell_length_a: missing" run study.yaml

# the command line
study
refuses 2 "input error: unknown command 'rum'; did you mean 'run'?; see paddlewheel --help" rum study.yaml
refuses 2 "input error: run: an argument is missing; usage: paddlewheel run STUDY.yaml ..." run
refuses 2 "input error: run: unknown option --resum; did you mean --resume?; allowed: --only, --resume, ..." run study.yaml --resum
refuses 2 "input error: run: option --only needs a value" run study.yaml --only
refuses 2 "input error: --only hotter: no such stage in study.yaml" run study.yaml --only hotter
refuses 2 "input error: --wall-time: '10' has no unit; write for example '10 s'" run study.yaml --wall-time 10
finish
