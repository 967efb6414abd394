#!/usr/bin/env bash
# A stage whose inputs, options and code are unchanged is not run again; one that changed is, with all that stands on it.
. "$SOURCE/tests/cli/lib.sh"
study 's/duration: 0.4 ps/duration: 0.1 ps/'
cat >>study.yaml <<'YAML'
  - name: cold
    kind: md
    cell: gamma
    potential: potential.yaml
    model: rigid
    timestep: 2 fs
    duration: 0.1 ps
    temperature: 77 K
  - name: later
    kind: analyse
    trajectory: hot
    observables: {msd: {tmax: 0.05 ps}}
YAML

# ran WHAT STAGES: after `run ARGUMENTS...` exactly these stages were run, the others kept
ran() {
    local what=$1 expected=$2 found
    shift 2
    works 1 run study.yaml "$@"
    found=$(sed -n 's/^stage \([a-z]*\) *(.*/\1/p' "$said/err" | tr '\n' ' ')
    [ "$found" = "$expected" ] || fail "$what: ran '$found', not '$expected'"
}

ran "first time" "gamma hot cold later "
cp -r out before
ran "unchanged" ""
same_data "unchanged" before/hot/result.h5 out/hot/result.h5
cmp -s before/hot/stage.txt out/hot/stage.txt || fail "the record of an unchanged stage changed"
sed -i 's/^# .*//; s/77 K/ 77 K  # liquid nitrogen/; s/duration: 0.1 ps/duration: 100 fs/' study.yaml
ran "comments and the way a quantity is written" ""
sed -i 's/77 K/90 K/' study.yaml
ran "an option of one stage" "cold "
sed -i 's/sample_every: 0.02 ps/sample_every: 0.01 ps/' study.yaml
ran "an option of a stage that another reads" "hot later "
sed -i 's/tmax: 0.05 ps/tmax: 0.04 ps/' study.yaml
ran "an option of the last stage" "later "
sed -i 's/"1500 eV"/"1501 eV"/' potential.yaml
ran "a file that is named" "hot cold later "
sed -i 's/seed: 7/seed: 8/' study.yaml
ran "the seed" "gamma hot cold later "
rm out/hot/stage.txt
ran "a stage without its record" "hot "
sed -i 's/tmax: 0.04 ps/tmax: 0.05 ps/; s/90 K/100 K/' study.yaml
ran "only one stage" "later " --only later
ran "only one stage" "cold " --only cold
ran "another folder, one stage with what it needs" "gamma hot later " --only later --output elsewhere
finish
