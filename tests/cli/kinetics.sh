#!/usr/bin/env bash
# inputs/kinetics.yaml, shortened: from networks through both clocks to both pellets, the verdict and the report, which marks what is
# assumed and sets the paper's numbers beside.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/slow/numbers.sh"
/usr/bin/python3 -c 'import h5py, matplotlib' 2>"$said/err" || skip "no h5py or matplotlib for /usr/bin/python3"
cp -r "$SOURCE/inputs" .
# without the spectra of the turns (cli/fit_qens, toftof), and a fiftieth of the hops
awk '/^  - name:/ { keep = $3 !~ /-qens$/ } /^  # / { keep = 1 } keep || !/^  / ' inputs/kinetics.yaml |
    sed 's/ gamma-qens, milled-qens,//; s/hops: 20000/hops: 400\n    frames: 64\n    replicas: 8/; s/duration: 1000 ps/duration: 250 ps/
        s/margin: "1.25"/margin: "1.25"\n    windows: 32\n    lambdas: [0.01, 0.1, 1, 100]/
        s/replicas: 400.*/replicas: 8/; s/quenches: 400/quenches: 32/; s/    against:/    replicas: 8\n    against:/' >inputs/short.yaml
works 2 run inputs/short.yaml --output "$work/out"
rate() { scalar gamma-hops "$1_353K"; }
check "k tau CV^2 of the hop back" "$(rate indicator)" 0.0034 0.0001
check "turns/s of a BH4" "$(rate rotor_rate)" 4.73e11 0.02e11 # exact
check "hops/s of a Mg" "$(rate hop_rate)" 0.46 0.06
check "implied fraction" "$(scalar gamma-hops fraction_implied | awk '{ print ($1 > 1e-6 && $1 < 1e-3) }')" 1 0
check "put in" "$(scalar milled-hops fraction_put_in)" 0.1 1e-9
check "paper: Ea of ln sigma" "$(h5dump -w 0 -y -d /carriers/slope_sigma out/milled-causes/result.h5 | sed -n 's/^ *\([0-9.]*\),.*/\1/p')" 0.714 5e-4
for sample in gamma milled; do
    # the pellet's conductivity is that of the hops, seen through a circuit
    truth=$(scalar $sample-hops sigma_353K)
    check "$sample: pellet / hops" "$(scalar $sample-pellet sigma_353K | awk -v t="$truth" '{ print $1 / t }')" 1 0.3
    [ -s out/$sample-pellet/impedance_353K.csv ] || fail "no impedance of $sample"
done
page=out/report.html
for words in 'two clocks' 'What the conductivities imply' 'Conductivity against frequency by kinetic Monte Carlo' '(ASSUMED)</td>' \
    'as-received gamma, measured (paper)' 'one turn in' 'input, not prediction' 'Kramers-Kronig' 'milled-causes: verdict'; do
    grep -q -- "$words" $page || fail "the report does not say: $words"
done
for figure in conductivity-spectra arrhenius nyquist-gamma-pellet nyquist-milled-pellet verdict-dose; do
    [ -s out/report/$figure.png ] && [ -s out/report/$figure.svg ] || fail "no figure $figure"
done
finish
