#!/usr/bin/env bash
# The commands of README.md that are marked with ```sh test do what they say: each block is run from the repository's root
# in a copy, with the built program as `paddlewheel` on the path.
. "$SOURCE/tests/cli/lib.sh"
[ -e "$SOURCE/README.md" ] || fail "no README.md"

awk '/^```sh test *$/ { n++; inside = 1; next } /^```/ { inside = 0 } inside { print > ("snippet-" n ".sh") }' "$SOURCE/README.md"
ls snippet-*.sh >/dev/null 2>&1 || fail "README.md has no block that begins with \`\`\`sh test"
mkdir copy
for item in inputs potentials jobs tests; do cp -r "$SOURCE/$item" copy/; done
export PATH="$(dirname "$PADDLEWHEEL"):$PATH"
for snippet in snippet-*.sh; do
    [ -e "$snippet" ] || continue
    (cd copy && timeout -k 5 120 bash -euo pipefail "../$snippet") >"$said/out" 2>"$said/err" </dev/null
    status=$?
    [ $status -eq 0 ] || fail "exit code $status: $(cat "$snippet"): $(tail -n 5 "$said/err")"
done
finish
