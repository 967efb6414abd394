#!/usr/bin/env bash
# `reproducible: true`: 1, 2 and 3 ranks, and a run that is stopped and resumed on another number of them, leave the same bytes.
# And energies and virials that nobody looks at change nothing.
. "$SOURCE/tests/cli/lib.sh"

# rank counts leave no trace in what is compared but in the last bits of a sum, which is what this test is about
same_run() {
    for file in trajectory result sample; do
        same_data "$1" "$2/hot/$file.h5" "$3/hot/$file.h5"
    done
}

for model in rigid flexible; do
    [ $model = rigid ] && step=2 duration=0.4 || step=0.5 duration=0.1
    study "s/model: rigid/model: $model\n    barostat: isotropic\n    reproducible: true\n    velocities: true\n    checkpoint_steps: 100/
           s/timestep: 2 fs/timestep: $step fs/; s/duration: 0.4 ps/duration: $duration ps/
           s/sample_every: .*/sample_every: 0.01 ps/; s/tmax: 0.2 ps/tmax: 0.05 ps/g"
    rm -rf on1 on2 on3 moved
    for ranks in 1 2 3; do
        works $ranks run study.yaml --output on$ranks
    done
    same_run "$model on 1 and 2 ranks" on1 on2
    same_run "$model on 1 and 3 ranks" on1 on3
    works 1 run study.yaml --output moved --only gamma
    on 3 run study.yaml --output moved --stop-after-checks 10
    says 75 "stopped: stage hot: stopped by the requested number of checks at step 100 of 200, checkpoint written; go on with --resume"
    works 2 run study.yaml --output moved --resume
    same_run "$model stopped on 3 ranks, resumed on 2" on1 moved
    [ "$(grep -c '^# .*: steps ' moved/hot/performance.txt)" -eq 2 ] || fail "performance.txt has not two parts"
    sums=$(awk '/^ms per step, wall/ {rows = 1; next} /^  sum / {rows = 0; whole = $2} rows {all += $(NF-3)}
                END {print (whole > 0 && all > 0.99 * whole && all < 1.01 * whole)}' on2/hot/performance.txt)
    [ "$sums" = 1 ] || fail "the phases do not add up: $(cat on2/hot/performance.txt)"
done

# frames do not depend on how often the log looks at energy and virial
sed 's/sample_every/log_every: 0.0005 ps\n    sample_every/' study.yaml >often.yaml
works 1 run often.yaml --output often
h5diff "${not_data[@]}" --exclude-path /parameters/log on1/hot/trajectory.h5 often/hot/trajectory.h5 >"$said/diff" 2>&1 ||
    fail "the log changes the trajectory: $(head -n 4 "$said/diff")"
h5diff "${not_data[@]}" on1/hot/sample.h5 often/hot/sample.h5 >/dev/null || fail "the log changes the last frame"

# the comparison can fail: without `reproducible` rank counts differ
sed -i '/reproducible/d' study.yaml
works 1 run study.yaml --output plain1
works 3 run study.yaml --output plain3
h5diff "${not_data[@]}" plain1/hot/sample.h5 plain3/hot/sample.h5 >/dev/null && fail "1 and 3 ranks have the same bits without reproducible: the test sees nothing"
finish
