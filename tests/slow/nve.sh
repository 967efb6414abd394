#!/usr/bin/env bash
# Without a thermostat energy is kept: linear drift over 50 ps at most 1e-4 kT per atom and ps, flexible at 0.5 fs, rigid at 2 fs.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/slow/numbers.sh"
mkdir inputs
cp -r "$SOURCE/inputs/structures" inputs/
cp -r "$SOURCE/potentials" .
{
    printf 'study: nve\noutput: %s/out\nseed: 50\nstages:\n' "$work"
    printf '  - {name: gamma, kind: cell, structure: structures/gamma_MgBH42_dft.cif}\n'
    for model in flexible rigid; do
        [ $model = rigid ] && step='2 fs' || step='0.5 fs'
        for stage in warm nve; do
            printf '  - name: %s-%s\n    kind: md\n    cell: %s\n' $model $stage "$([ $stage = warm ] && echo gamma || echo $model-warm)"
            printf '    potential: ../potentials/mgbh4-born.yaml\n    model: %s\n    timestep: %s\n' $model "$step"
            printf '    temperature: 310 K\n    sample_every: 1 ps\n'
            [ $stage = warm ] && printf '    duration: 5 ps\n' || printf '    thermostat: none\n    duration: 50 ps\n'
        done
    done
} >inputs/nve.yaml
"$MPIEXEC" -n "$(nproc)" "$PADDLEWHEEL" run inputs/nve.yaml >"$said/out" 2>"$said/err" </dev/null || fail "exit code $?: $(tail -n 3 "$said/err")"
for model in flexible rigid; do
    check "$model: drift [kT/atom/ps]" "$(scalar $model-nve conserved_drift)" 0 1e-4
    check "$model: temperature [K]" "$(scalar $model-nve temperature)" 310 40
done
finish
