#!/usr/bin/env bash
# 200 steps against 100, stop, resume, 100: trajectory, observables and final sample have the same bytes.
. "$SOURCE/tests/cli/lib.sh"

for ranks in 1 2; do
    for model in rigid flexible; do
        study "s/model: rigid/model: $model\n    barostat: anisotropic\n    checkpoint_steps: 100/
               s/timestep: 2 fs/timestep: $([ $model = rigid ] && echo 2 || echo 0.5) fs/
               s/duration: 0.4 ps/duration: $([ $model = rigid ] && echo 0.4 || echo 0.1) ps/
               s/sample_every: .*/sample_every: 0.01 ps/; s/tmax: 0.2 ps/tmax: 0.05 ps/g"
        rm -rf whole parts
        works $ranks run study.yaml --output whole
        works $ranks run study.yaml --output parts --only gamma
        on $ranks run study.yaml --output parts --stop-after-checks 10
        says 75 "stopped: stage hot: stopped by the requested number of checks at step 100 of 200, checkpoint written; go on with --resume"
        [ -e parts/hot/stage.txt ] && fail "a stopped stage vouches for itself"
        works $ranks run study.yaml --output parts --resume
        for file in trajectory result sample; do
            same_data "$model on $ranks ranks" "whole/hot/$file.h5" "parts/hot/$file.h5"
        done
        [ -e parts/hot/checkpoint.bin ] && fail "a finished stage still has its checkpoint"
    done
done

# all ranks write the trajectory together, stopped and not: the same numbers as gathered by one
cp study.yaml gathered.yaml
sed -i 's/checkpoint_steps: 100/checkpoint_steps: 100\n    gather_limit: 0/' study.yaml
works 2 run study.yaml --output together --only gamma
on 2 run study.yaml --output together --stop-after-checks 10
[ "$status" -eq 75 ] || fail "not stopped: exit code $status"
works 2 run study.yaml --output together --resume
for file in trajectory result sample; do
    same_data "written by all ranks" "whole/hot/$file.h5" "together/hot/$file.h5"
done
mv gathered.yaml study.yaml

# measured transforms: a run that went on after its checkpoint at step 100 and one resumed from it have the same plans, so the
# same bytes; the first stops at step 190, the second begins with the checkpoint before that
cp study.yaml plain.yaml
sed -i 's/checkpoint_steps: 100/checkpoint_steps: 100\n    measured_transforms: true/' study.yaml
for ranks in 1 2; do
    rm -rf first second
    works 1 run study.yaml --output first --only gamma
    on $ranks run study.yaml --output first --stop-after-checks 19
    [ "$status" -eq 75 ] || fail "not stopped: exit code $status"
    cp -r first second
    mv second/hot/checkpoint.bin.previous second/hot/checkpoint.bin || fail "no checkpoint before the last"
    on $ranks run study.yaml --output second --resume --stop-after-checks 9
    [ "$status" -eq 75 ] || fail "not stopped: exit code $status"
    for folder in first second; do works $ranks run study.yaml --output $folder --resume; done
    for file in trajectory result sample; do
        same_data "measured transforms on $ranks ranks" "first/hot/$file.h5" "second/hot/$file.h5"
    done
    [ "$(sed -n 's/^# .*: steps \([0-9]* to [0-9]*\), .*/\1/p' second/hot/performance.txt | tr '\n' ' ')" = "0 to 190 100 to 190 190 to 200 " ] ||
        fail "the second run was not resumed at step 100"
done
mv plain.yaml study.yaml

# the comparison can fail: another seed is another run
sed -i 's/seed: 7/seed: 8/' study.yaml
works 1 run study.yaml --output other
h5diff "${not_data[@]}" other/hot/trajectory.h5 parts/hot/trajectory.h5 >/dev/null && fail "another seed gave the same trajectory"
finish
