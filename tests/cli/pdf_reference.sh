#!/usr/bin/env bash
# Kind pdf: a sample held against itself is the same in all three regions.
. "$SOURCE/tests/cli/lib.sh"
study 's/observables: .*/observables: {pdf: }/'
cat >>study.yaml <<'YAML'
  - name: curves
    kind: pdf
    from: hot
    reference: hot
YAML
works 2 run study.yaml
for name in correlation_A correlation_B correlation_C rms_ratio_A rms_ratio_B rms_ratio_C; do
    value=$(h5dump -y -d "/scalars/$name/value" out/curves/result.h5 2>"$said/err" |
        sed -n '/DATA {/,/}/{s/^ *\([-0-9.e]*\)$/\1/p}' | head -n 1)
    [ "$value" = 1 ] || fail "$name of a sample with itself is '$value'"
done
[ -s out/curves/curves.gr ] || fail "no .gr file"
finish
