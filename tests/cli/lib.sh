# lib.sh -- what the shell tests share; sourced. ctest sets PADDLEWHEEL (the program), MPIEXEC and SOURCE (the repository).
# A script works in a folder of its own, goes on after a failure and ends with `finish`.
set -u
work=$(mktemp -d)
said=$(mktemp -d) # what the program printed: files out, err
trap 'rm -rf "$work" "$said"' EXIT
cd "$work" || exit 1
failures=0

fail() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

finish() {
    [ "$failures" -eq 0 ] && echo "all as it should be"
    exit $((failures > 0))
}

# on RANKS ARGUMENT...: run the program; its exit code is left in $status, its output in $said. More than 100 s is a hang.
on() {
    local ranks=$1 launch=()
    shift
    [ "$ranks" -gt 1 ] && launch=("$MPIEXEC" -n "$ranks")
    timeout -k 5 100 "${launch[@]}" "$PADDLEWHEEL" "$@" >"$said/out" 2>"$said/err" </dev/null
    status=$?
}

# works RANKS ARGUMENT...: must end with 0
works() {
    on "$@"
    [ "$status" -eq 0 ] || fail "paddlewheel $* (first is the number of ranks): exit code $status: $(tail -n 3 "$said/err")"
}

files() { find "$work" -type f | sort; }

# says CODE MESSAGE: the last run ended so, with this one error line; ... in the message stands for anything
says() {
    local code=$1 message="paddlewheel: $2" line pattern
    line=$(grep '^paddlewheel: ' "$said/err")
    [ "$status" -eq "$code" ] || fail "exit code $status, not $code, for: $2"
    pattern=$(printf '%q' "$message")
    [[ $line == ${pattern//.../*} ]] && return
    fail "it said:  ${line:-(no error line) $(tail -n 5 "$said/err")}
     not:      $message"
}

# refuses CODE MESSAGE ARGUMENT...: on 1 and on 2 ranks the program ends with this code and message and leaves no new file
refuses() { refuses_on "1 2" "$@"; }

# refuses_on "RANKS ..." CODE MESSAGE ARGUMENT...
refuses_on() {
    local numbers=$1 code=$2 message=$3 ranks before
    shift 3
    for ranks in $numbers; do
        before=$(files)
        on "$ranks" "$@"
        says "$code" "$message"
        [ "$(files)" = "$before" ] || fail "new files on $ranks ranks after: $message: $(comm -13 <(echo "$before") <(files) | tr '\n' ' ')"
    done
}

# study [SED-SCRIPT]: study.yaml, a gamma cell and 200 short steps of it, edited
study() {
    cp "$SOURCE/inputs/structures/gamma_MgBH42_dft.cif" gamma.cif
    cp "$SOURCE/tests/reference/lammps/parameters.yaml" potential.yaml
    sed "${1:-}" >study.yaml <<'YAML'
study: small
output: out
seed: 7
stages:
  - name: gamma
    kind: cell
    structure: gamma.cif
  - name: hot
    kind: md
    cell: gamma
    potential: potential.yaml
    model: rigid
    timestep: 2 fs
    duration: 0.4 ps
    sample_every: 0.02 ps
    temperature: 310 K
    observables: {msd: {tmax: 0.2 ps}, isf: {tmax: 0.2 ps}}
YAML
}

# kinetic_study [SED-SCRIPT]: study.yaml of all kinds of stages that stand on a network, edited: `hops` (kmc), `turns` and `tiled`
# (kmc_rotors of both engines, BH4 that feel each other), and before them `gamma`, `network`, `coupled`
kinetic_study() {
    cp "$SOURCE/inputs/structures/gamma_MgBH42_dft.cif" gamma.cif
    {
        cat <<'YAML'
study: small
output: out
seed: 7
stages:
  - name: gamma
    kind: cell
    structure: gamma.cif
YAML
        a_network network ''
        a_network coupled 'pairs: [{within: 5 A, energies: [0 eV, 0.01 eV, 0.01 eV, 0 eV]}]'
        cat <<'YAML'
  - name: hops
    kind: kmc
    network: network
    temperatures: [313 K, 353 K]
    rotor_speed: ["1", "1e-9"]
    replicas: 3
    hops: 400
    frames: 64
  - name: turns
    kind: kmc_rotors
    network: coupled
    temperature: 310 K
    equilibration: 5 ps
    sample_every: 1 ps
    tmax: 16 ps
    duration: 50 ps
    replicas: 3
  - name: tiled
    kind: kmc_rotors
    network: coupled
    carriers: vacancies
    copies: [14, 2, 2]
    engine: tiles
    cycle: 0.5 ps
    temperature: 310 K
    equilibration: 5 ps
    sample_every: 1 ps
    tmax: 16 ps
    duration: 50 ps
    counted: 700
    replicas: 2
YAML
    } | sed "${1:-}" >study.yaml
}

# a_network NAME LINE: its stage, with one more line
a_network() {
    cat <<YAML
  - name: $1
    kind: network
    cell: gamma
    space_group: 230
    sites:
      - {label: 24d, position: ["0.375", "0", "0.25"], energy: 0 eV, taken: true}
      - {label: 48g, position: ["0.125", "0.437", "-0.187"], energy: 0.45 eV}
    edges:
      - {label: short, from: 24d, to: 48g, distance: 3.67 A, barrier: 0.40 eV, attempt: 1e13 1/s}
      - {label: long, from: 24d, to: 48g, distance: 4.19 A, barrier: 0.45 eV, attempt: 1e13 1/s}
    wells: [{angle: 0 degree, energy: 0 eV}, {angle: 90 degree, energy: 0.05 eV}]
    turns: [{from: 1, to: 2, axis: link, angle: 90 degree, barrier: 0.08 eV, attempt: 2e12 1/s}]
    gates: [{of: short, within: 3 A, energies: [0.06 eV, 0 eV]}]
    source: ASSUMED
    $2
YAML
}

# compared_study [SED-SCRIPT]: study.yaml that takes a second: an assumed hop model held against the measured table, edited
compared_study() {
    cp "$SOURCE"/inputs/measured/heere2020*.csv .
    sed "${1:-}" >study.yaml <<'YAML'
study: small
output: out
stages:
  - name: eis
    kind: eis
    lattice_constant: 15.7575 A
    sites:
      - {label: 24d, position: [0.375, 0, 0.25], energy: 0 eV}
      - {label: 48g, position: [0.125, 0.437, -0.187], energy: 0.3 eV}
    hops:
      - {from: 24d, to: 48g, distance: 3.67 A, saddle: 0.70 eV}
      - {from: 24d, to: 48g, distance: 4.19 A, saddle: 0.72 eV}
    carrier_site: 24d
    attempt_frequency: 1e13 1/s
    carrier_fraction: "1e-5"
    temperatures: [313 K, 353 K]
    thickness: 1.21 mm
    diameter: 15.5 mm
  - name: compare
    kind: compare
    measured: heere2020.csv
    remarks: heere2020_remarks.csv
    from: [eis]
    rows:
      - {id: cond_ar_313, technique: EIS, stage: eis, value: sigma_313K, role: input}
      - {id: cond_ar_353, technique: EIS, stage: eis, value: sigma_353K, role: input}
      - {id: cond_ar_Ea, technique: EIS, stage: eis, value: Ea_sigma, role: input}
  - name: report
    kind: report
    python: /usr/bin/python3
    from: [compare, eis]
YAML
}

# same_data WHAT FILE FILE: two HDF5 files hold the same bytes, but for the provenance (places and times of the run)
not_data=(--exclude-path /provenance --exclude-path /parameters/provenance --exclude-path /parameters/provenance_finished
    --exclude-path /parameters/segments)
same_data() {
    # h5diff says nothing of datasets that only one file has or that differ in size
    diff <(h5ls -r "$2" | grep -v ^/parameters/segments) <(h5ls -r "$3" | grep -v ^/parameters/segments) >"$said/diff" && h5diff "${not_data[@]}" "$2" "$3" >>"$said/diff" 2>&1 ||
        fail "$1: $2 and $3 differ: $(head -n 4 "$said/diff")"
}

# run_and_kill RANKS MS: start or go on with study.yaml, and kill all ranks at a random time of at most MS milliseconds
run_and_kill() {
    local after=$((RANDOM * $2 / 32768)) launch=() process ranks
    [ "$1" -gt 1 ] && launch=("$MPIEXEC" -n "$1")
    "${launch[@]}" "$PADDLEWHEEL" run study.yaml --resume >"$said/out" 2>"$said/err" </dev/null &
    process=$!
    for ((; after > 0; after -= 100)); do
        kill -0 $process 2>/dev/null || break
        sleep "$(printf '0.%03d' $((after < 100 ? after : 100)))"
    done
    ranks=$(pgrep -P $process)
    # shellcheck disable=SC2086
    kill -KILL $ranks $process 2>/dev/null
    wait $process 2>/dev/null
}

# survive KILLS "RANKS ..." MS BEGUN LAST: study.yaml is killed so often, in turn on so many ranks, within MS ms of each start (at
# first; then so that some five kills come on each run that is quicker, however busy the machine is). A kill counts once the path
# BEGUN is there; LAST is the last stage. The script says what must hold: `whole_again WHAT` at every end, `nothing_broken WHAT`
# after every kill. SEED in the environment: of the times.
survive() {
    local kills=$1 ms=$3 seed=${SEED:-$RANDOM} ranks before=0 killed=0 ended=0 early=0 resumed=0
    RANDOM=$seed
    read -ra ranks <<<"$2"
    : >"$said/where"
    while [ $killed -lt "$kills" ] && [ "$failures" -eq 0 ]; do
        run_and_kill "${ranks[$((killed % ${#ranks[@]}))]}" "$ms"
        ms=$((ms + ms / 20 + 10))
        grep -q -e '^paddlewheel: ' -e 'not a whole checkpoint' "$said/err" &&
            fail "after kill $killed (seed $seed): $(grep -e '^paddlewheel: ' -e 'not a whole checkpoint' "$said/err")"
        grep -q 'resumed' "$said/err" && resumed=$((resumed + 1))
        if [ -e "out/$5/stage.txt" ]; then # it was quicker than the kill: again from the beginning
            whole_again "a run that ended (seed $seed)"
            ended=$((ended + 1)) before=$killed ms=$((3 * ms / 4))
            rm -r out
        elif [ ! -e "out/$4" ]; then # before there was anything to lose
            early=$((early + 1))
        else
            killed=$((killed + 1))
            unfinished >>"$said/where"
            nothing_broken "kill $killed (seed $seed)"
        fi
    done
    [ "$failures" -eq 0 ] || return
    works 2 run study.yaml --resume
    whole_again "after $((killed - before)) kills (seed $seed)"
    [ -z "$(find . -name '*.part' -o -name 'checkpoint.bin*')" ] || fail "left over: $(find . -name '*.part' -o -name 'checkpoint.bin*' | tr '\n' ' ')"
    echo "$killed kills ($(sort "$said/where" | uniq -c | awk '{ printf "%s%s in %s", sep, $1, $2; sep = ", " }')), $resumed times gone on inside a stage;" \
        "besides, $early kills before the stage began and $ended runs that ended first"
}

# unfinished: name of the first stage of study.yaml that is not finished
unfinished() {
    local name
    for name in $(sed -n 's/^ *- name: //p' study.yaml); do
        [ -e "out/$name/stage.txt" ] || break
    done
    echo "$name"
}

# same_defaults FOLDER STUDY: what --write-defaults prints is a study with the same defaults
same_defaults() {
    local folder=$1 study=$2 again="again-$2"
    (cd "$folder" && "$PADDLEWHEEL" run "$study" --write-defaults) >"$said/once" 2>"$said/err" ||
        fail "$study --write-defaults: $(cat "$said/err")"
    cp "$said/once" "$folder/$again"
    (cd "$folder" && "$PADDLEWHEEL" run "$again" --write-defaults) >"$said/twice" 2>"$said/err" ||
        fail "the defaults of $study cannot be read: $(cat "$said/err")"
    cmp -s "$said/once" "$said/twice" || fail "defaults of the defaults differ: $(diff "$said/once" "$said/twice" | head -n 4)"
}
