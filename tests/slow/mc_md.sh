#!/usr/bin/env bash
# Monte Carlo and molecular dynamics of gamma at 310 K and 0.1 MPa agree within 3 standard errors: energy, volume, Mg-H peak, B-H
# directions; flexible and rigid BH4.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null || skip "python3 with h5py and numpy is not installed"
cp -r "$SOURCE/inputs/structures" "$SOURCE/potentials" .
for model in flexible rigid; do
    [ $model = rigid ] && step='2 fs' || step='0.5 fs'
    [ $model = rigid ] && sweeps=30000 || sweeps=5000
    [ $model = rigid ] && hybrid='hybrid_every: 0' || hybrid='hybrid_every: 1'
    cat >$model.yaml <<YAML
study: $model
output: out-$model
seed: 31
stages:
  - {name: gamma, kind: cell, structure: structures/gamma_MgBH42_dft.cif}
  - name: md
    kind: md
    cell: gamma
    potential: potentials/mgbh4-born.yaml
    model: $model
    timestep: $step
    equilibration: 5 ps
    duration: 80 ps
    sample_every: 0.05 ps
    log_every: 0.02 ps
    temperature: 310 K
    thermostat_time: 0.1 ps
    barostat: anisotropic
    barostat_time: 0.5 ps
    pressure: 0.1 MPa
    force_error: 0.0001 eV/angstrom
  - name: mc
    kind: mc
    cell: md
    potential: potentials/mgbh4-born.yaml
    model: $model
    temperature: 310 K
    volume: anisotropic
    pressure: 0.1 MPa
    force_error: 0.0001 eV/angstrom
    equilibration: 500
    sweeps: $sweeps
    sample_every: 5
    $hybrid
    hybrid_steps: 20
YAML
    "$PADDLEWHEEL" run $model.yaml >"$said/out" 2>"$said/err" </dev/null || fail "$model: exit code $?: $(tail -n 3 "$said/err")"
    /usr/bin/python3 "$SOURCE/tests/slow/mc_md.py" $model out-$model/md/trajectory.h5 out-$model/mc/trajectory.h5 5 500 ||
        fail "$model: MC and MD differ"
done
finish
