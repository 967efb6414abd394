#!/usr/bin/env bash
# The report of a small study: every figure that its results allow, with captions, inline and as files; tables with verdicts;
# stages without results are named, not stumbled over.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import h5py, matplotlib' 2>"$said/err" || skip "no h5py or matplotlib for /usr/bin/python3"
study 's/observables: .*/observables: {pdf: {rmax: 14 A}, current: {temperature: 310 K, tmax: 0.08 ps}}/'
mv study.yaml first.yaml
compared_study 's/from: \[compare, eis\]/from: [compare, hot, jumps, qens, warm, curves, eis]\n    fits: [model.h5]/'
{
    cat first.yaml
    cat <<'YAML'
  - name: jumps
    kind: constructed
    motion: {motion: c3, tau: 3 ps, bond: 1.22 angstrom, ions: 24, frames: 1000, interval: 0.1 ps}
    observables:
      isf: {q_step: 0.45 1/angstrom, tmax: 60 ps, per_octave: 8, groups: 8}
  - {name: qens, kind: qens, from: jumps, sample: "jumps, 310 K", temperature: 310 K, plateau_start: 20 ps, instrument: {name: few, q_low: 0.45 1/A, q_high: 1.8 1/A, q_step: 0.45 1/A, e_step: 0.035 meV}}
  - {name: warm, kind: qens, from: jumps, sample: "jumps, 400 K", temperature: 400 K, plateau_start: 20 ps, instrument: {e_step: 0.05 meV}}
  - {name: curves, kind: pdf, from: hot, sample: small gamma, processing: {counts: 1e9, rmax: 12 A}, powder: {high: 4 degree}, structure: gamma.cif}
YAML
    sed -n '/name: eis/,$p' study.yaml
} >all.yaml
# what `fit pdf` leaves, as far as drawing goes
/usr/bin/python3 - <<'END'
import h5py, numpy as np
with h5py.File("model.h5", "w") as f:
    r = np.linspace(2, 6, 100)
    f["r"], f["G"], f["G_calc"], f["difference"], f["Rw"] = r, np.sin(r), 0.9 * np.sin(r), 0.1 * np.sin(r), 0.1
    f["parameter/name"], f["parameter/unit"] = np.array([b"a", b"U.Mg"], dtype="S8"), np.array([b"A", b"A^2"], dtype="S8")
    f["parameter/value"], f["parameter/error"] = [15.76, 0.013], [0.02, np.nan]
END
works 1 run all.yaml
page=out/report.html
says_page() { grep -q -- "$1" "$page" || fail "the report does not say: $1"; }
tr '<' '\n' <"$page" >lines
drawn=$(grep -c 'src="data:image/svg+xml;base64,' lines)
[ "$drawn" -eq "$(grep -c '^figcaption>' lines)" ] || fail "figures and captions differ in number"
[ "$drawn" -eq "$(find out/report -name '*.svg' | wc -l)" ] && [ "$drawn" -eq "$(find out/report -name '*.png' | wc -l)" ] ||
    fail "$drawn figures on the page, other numbers of files in out/report"
for figure in powder pdf peaks-curves processing-curves fit-pdf-model qens-1 chi eisf-1 tau isf-qens nyquist-eis arrhenius; do
    [ -s "out/report/$figure.svg" ] || fail "no figure $figure"
done
for caption in 'Powder diffraction patterns' 'G(r) in the beamline' 'which pairs make the near peaks' 'steps of PDFgetX3' \
    'Refinement model of a crystal' 'U.Mg 0.013 (at its bound)' 'near 1.35 Å' 'summed over Q' 'immobile</i> fraction' \
    'Relaxation times' 'Conductivity from the fitted circuits' 'constant Z misstates each pair' 'missing hydrogen' \
    'EISF (time average, corrected)' 'Kramers-Kronig' '>obeyed<' 'not converged: '; do
    says_page "$caption"
done

# the parts of the fit are filed and add up to it
/usr/bin/python3 - <<'END' || fail "the parts of the fit"
import h5py, numpy as np
with h5py.File("out/qens/result.h5") as f:
    parts, fit = f["spectra/parts"], np.asarray(f["spectra/fit"])
    assert {"elastic", "lorentzian_1", "background"} <= set(parts), set(parts)
    total = sum(np.asarray(parts[k]) for k in parts)
    seen = np.isfinite(fit)
    assert seen.any() and np.allclose(total[seen], fit[seen], rtol=1e-12)
    assert (np.isfinite(total) == seen).all()
END

# stages that left nothing
/usr/bin/python3 "$SOURCE/analysis/report/report.py" few.html --title few --work few md:never:out/never qens:never2:out/never2 pdf:bare:out/jumps ||
    fail "the report stumbles over a stage without results"
grep -q 'No results yet of: never, never2' few.html || fail "stages without results are not named"
finish
