#!/usr/bin/env bash
# Positions folded into the box: what needs paths refuses them, `analyse --unwrap` finds the paths again, and frames that are too
# far apart for that are refused.
. "$SOURCE/tests/cli/lib.sh"
/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null || skip "python3 with h5py and numpy is needed"
walk() {
    cat >"$1.yaml" <<YAML
study: $1
output: $1
stages:
  - name: walk
    kind: constructed
    motion: {motion: c3, tau: 1 ps, ions: 16, spacing: 4 angstrom, walk_length: $2 angstrom, walk_time: 2 ps, frames: 120}
    trajectory: true
YAML
    works 1 run "$1.yaml"
    cp "$1/walk/trajectory/000001.h5" "$1.h5"
    # the same, folded into the box, which is then shifted so that its face cuts ions
    cp "$1.h5" "$1-folded.h5"
    /usr/bin/python3 - "$1-folded.h5" <<'PYTHON'
import sys
import h5py
import numpy as np

with h5py.File(sys.argv[1], "r+") as f:
    x = f["particles/all/position/value"]
    box = np.diag(f["particles/all/box/edges/value"][0])
    x[...] = np.mod(x[...].astype(float) + 0.21, box)
PYTHON
}
walk near 1.5
refuses 2 "input error: ...observable isf: ...unwrapped positions are needed (\`analyse --unwrap\`..." \
    analyse isf --trajectory near-folded.h5 --write folded.h5
for what in isf msd van_hove separation reorient hops current; do
    options=
    [ $what = current ] && options="temperature: 310 K, blocks: 2"
    on 1 analyse $what --trajectory near-folded.h5 --write folded.h5 --options "$options"
    says 2 "input error: ...observable $what: ...unwrapped positions are needed (\`analyse --unwrap\`..."
    [ -e folded.h5 ] && fail "$what left a result"
    works 1 analyse $what --trajectory near.h5 --write whole.h5 --options "$options"
    works 1 analyse $what --trajectory near-folded.h5 --write unwrapped.h5 --options "$options" --unwrap
    grep -q 'trajectory: unwrapped; [1-9][0-9]* of 10560 ' "$said/out" "$said/err" ||
        fail "$what: no notice that positions were unwrapped: $(cat "$said/err")"
    /usr/bin/python3 - $what <<'PYTHON' || fail "$what: unwrapped and never wrapped differ"
import sys
import h5py
import numpy as np

worst, where = 0.0, None


def compare(name, a):
    global worst, where
    if not isinstance(a, h5py.Dataset) or a.dtype.kind != "f" or a.ndim == 0:
        return
    x, y = a[()], unwrapped[name][()]
    assert x.shape == y.shape and (np.isnan(x) == np.isnan(y)).all(), name
    if not any(word in name for word in ("error", "blocks", "position", "cos_mg")):  # (of Mg equally near on the grid any two may be taken)
        off = np.nanmax(np.abs(x - y) / (1 + np.abs(x)), initial=0.0)
        if off > worst:
            worst, where = off, name


with h5py.File("whole.h5") as whole, h5py.File("unwrapped.h5") as unwrapped:
    whole[sys.argv[1]].visititems(lambda name, a: compare(f"{sys.argv[1]}/{name}", a))
print(sys.argv[1], worst, where)
sys.exit(int(worst > 1e-2))
PYTHON
    rm -f whole.h5 unwrapped.h5
done
# a stage does the same
cat >>near.yaml <<'YAML'
  - {name: again, kind: analyse, trajectory: walk, unwrap: true, observables: {msd: {tmax: 4 ps}}}
YAML
cp near-folded.h5 near/walk/trajectory/000001.h5
works 1 run near.yaml --only again
grep -q 'trajectory: unwrapped; [1-9]' "$said/out" "$said/err" || fail "stage analyse does not unwrap: $(cat "$said/err")"
sed -i 's/unwrap: true, //' near.yaml
on 1 run near.yaml --only again
says 2 "input error: ...observable msd: ...unwrapped positions are needed..."
# of no consequence for pair distances
works 1 analyse pdf --trajectory near-folded.h5 --write pdf.h5
walk far 5.5
refuses 2 "input error: trajectory: an atom moved by ... angstrom between two frames (at ... ps), ... of the box: the way it took cannot be told; frames must be closer" \
    analyse isf --trajectory far-folded.h5 --write far-isf.h5 --unwrap
finish
