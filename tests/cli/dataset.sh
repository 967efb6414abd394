#!/usr/bin/env bash
# `paddlewheel dataset`: files, answer key, metadata and check sums of a small study; wrong keys.
. "$SOURCE/tests/cli/lib.sh"

cat >set.yaml <<'TEXT'
study: set
seed: 3
dataset:
  title: "C3 jumps: a known answer"
  creators: [{name: "Doe, Jane", orcid: 0000-0002-1825-0097}]
stages:
  - name: jumps
    kind: constructed
    motion: {motion: c3, tau: 3 ps, ions: 32, frames: 400, interval: 0.1 ps}
    observables: {isf: {tmax: 20 ps}}
TEXT
works 2 dataset set.yaml
(cd "out/set/dataset" && sha256sum --quiet -c SHA256SUMS) || fail "check sums"
python3 - "out/set/dataset" <<'TEXT' || fail "metadata"
import json, sys
from pathlib import Path
folder = Path(sys.argv[1])
metadata = json.load(open(folder / "metadata.json"))
key = {a["name"]: a for a in json.load(open(folder / "answer_key.json"))["answers"]}
assert key["tau"]["value"] == 3 and key["tau"]["error"] == 0 and key["tau"]["unit"] == "ps", key
assert metadata["dataset"]["creators"][0]["orcid"] == "0000-0002-1825-0097"
assert metadata["dataset"]["study_file"] == (folder / "study.yaml").read_text()
for file in metadata["files"]:
    assert (folder / file["path"]).stat().st_size > 0, file
TEXT
[ ! -e "out/set/dataset.part" ] || fail "something half-written is left"

sed 's/0097/0098/' set.yaml >bad.yaml
refuses 2 "input error: bad.yaml:5: orcid: '0000-0002-1825-0098' is not an ORCID iD ..." dataset bad.yaml
sed 's/title:/titel:/' set.yaml >bad.yaml
refuses 2 "input error: bad.yaml:4: titel: unknown key...did you mean 'title'?..." dataset bad.yaml
finish
