#!/usr/bin/env bash
# `paddlewheel dataset`: files, draws, answer key, covariances, metadata and check sums of a small study; wrong keys.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c "import h5py, numpy" 2>/dev/null || skip "python3 with h5py and numpy is needed"
cp "$SOURCE/inputs/structures/gamma_MgBH42_dft.cif" gamma.cif
cp "$SOURCE/tests/reference/lammps/parameters.yaml" potential.yaml
cat >set.yaml <<'TEXT'
study: set
seed: 3
dataset:
  title: "C3 jumps: a known answer"
  creators: [{name: "Doe, Jane", orcid: 0000-0002-1825-0097}]
  draws: 2
stages:
  - name: jumps
    kind: constructed
    motion: {motion: c3, tau: 3 ps, ions: 64, frames: 800, interval: 0.1 ps}
    trajectory: true
    observables: {isf: {tmax: 20 ps}}
  - {name: tof, kind: qens, from: jumps, temperature: 310 K, lines: 1, instrument: toftof-5A}
  - {name: plain, kind: qens, from: jumps, temperature: 310 K, lines: 1, instrument: {e_step: 0.02 meV}}
  - {name: gamma, kind: cell, structure: gamma.cif}
  - name: hot
    kind: md
    cell: gamma
    potential: potential.yaml
    model: rigid
    timestep: 2 fs
    duration: 0.2 ps
    sample_every: 0.02 ps
    temperature: 310 K
    observables: {pdf: {rmax: 12 A}, isf: {tmax: 0.1 ps, groups: 4}}
  - {name: pdf, kind: pdf, from: hot, processing: {rmax: 10 A}, powder: {high: 4 degree}}
  - {name: short, kind: qens, from: hot, temperature: 310 K, lines: 0, instrument: {e_step: 0.1 meV}}
  - name: eis
    kind: eis
    lattice_constant: 15.7575 A
    sites: [{label: 24d, position: [0.375, 0, 0.25], energy: 0 eV}, {label: 48g, position: [0.125, 0.437, -0.187], energy: 0.3 eV}]
    hops: [{from: 24d, to: 48g, distance: 3.67 A, saddle: 0.70 eV}, {from: 24d, to: 48g, distance: 4.19 A, saddle: 0.72 eV}]
    carrier_site: 24d
    attempt_frequency: 1e13 1/s
    carrier_fraction: "1e-5"
    temperatures: [353 K, 313 K]
    thickness: 1.21 mm
    diameter: 15.5 mm
    replicas: 2
TEXT
works 1 dataset set.yaml
(cd out/set/dataset && sha256sum --quiet -c SHA256SUMS) || fail "check sums"
[ ! -e out/set/dataset.part ] || fail "something half-written is left"
/usr/bin/python3 "$SOURCE/tests/cli/dataset_check.py" out/set || fail "see above"

# the same once more: the same numbers; with another seed the same truth of what is exact, other noise
works 1 dataset set.yaml --output again
for file in $(cd out/set/dataset && find . -type f -regex '.*\.\(csv\|grp\|sqw\|gr\|fq\|sq\|iq\|xy\|z\|dta\|cif\|extxyz\|json\)'); do
    # dates, compiler flags and machines are in metadata.json
    [ "$file" = ./metadata.json ] || cmp -s "out/set/dataset/$file" "again/dataset/$file" || fail "$file differs when made again"
done
# h5diff says 1 for the dated attribute `metadata` of the root; it says nothing of datasets that only one file has
same_numbers() {
    diff <(h5ls -r "$1") <(h5ls -r "$2") >"$said/diff" || fail "$1: $(cat "$said/diff")"
    h5diff "$1" "$2" >"$said/diff" 2>&1
    [ $? -le 1 ] && ! grep -q '^dataset' "$said/diff" || fail "$1: $(cat "$said/diff")"
}
same_numbers out/set/dataset/covariances.h5 again/dataset/covariances.h5
same_numbers out/set/dataset/tof/spectra_draw-002.nxs again/dataset/tof/spectra_draw-002.nxs
sed 's/^seed: 3/seed: 4/;/name: plain/,/name: short/d' set.yaml >other.yaml
works 2 dataset other.yaml --output other
for file in eis/impedance_313K tof/spectra; do
    cmp -s "out/set/dataset/${file}_draw-001.csv" "other/dataset/${file}_draw-001.csv" && fail "$file: another seed, the same noise"
done
numbers() { grep -v '^#' "$1/dataset/eis/impedance_313K_truth.csv"; }
[ "$(numbers out/set)" = "$(numbers other)" ] || fail "another seed, another truth"

sed 's/0097/0098/' set.yaml >bad.yaml
refuses 2 "input error: bad.yaml:5: orcid: '0000-0002-1825-0098' is not an ORCID iD ..." dataset bad.yaml
sed 's/title:/titel:/' set.yaml >bad.yaml
refuses 2 "input error: bad.yaml:4: titel: unknown key...did you mean 'title'?..." dataset bad.yaml
finish
