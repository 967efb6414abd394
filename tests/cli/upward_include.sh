#!/usr/bin/env bash
# An include that climbs the stairs does not compile, with exactly the include path that the build gives to each storey.
. "$SOURCE/tests/cli/lib.sh"

# compiles STOREY HEADER: with the compile command of a file of that storey
compiles() {
    echo "#include \"$2\"" >one_line.c
    python3 - "$BUILD/compile_commands.json" "$1" >command <<'PY'
import json, shlex, sys
for entry in json.load(open(sys.argv[1])):
    if f"/{sys.argv[2]}/" in entry["file"] and f"CMakeFiles/{sys.argv[2]}.dir/" in entry["command"]:
        words = shlex.split(entry["command"])
        words = words[:words.index("-o")]
        print(shlex.join(words + ["-fsyntax-only", "one_line.c"]))
        break
PY
    [ -s command ] || fail "no compile command for storey $1"
    bash ./command >"$said/out" 2>&1
}

climbs() {
    compiles "$1" "$2" && fail "$1 can include $2"
    grep -q "fatal error: $2: No such file" "$said/out" || fail "$1 with $2 failed for another reason: $(head -n 3 "$said/out")"
}

descends() {
    compiles "$1" "$2" || fail "$1 cannot include $2: $(head -n 3 "$said/out")"
}

climbs base par/comm.h
climbs base force/pair.h
climbs par model/cell.h
climbs model force/pair.h
climbs model domain/domain.h
climbs store domain/domain.h
climbs domain force/pair.h
climbs force dynamics/dynamics.h
climbs dynamics analysis/observable.h
climbs lattice dynamics/dynamics.h
climbs analysis app/stage.h
descends base base/err.h
descends par base/err.h
descends model base/vec.h
descends force domain/domain.h
descends dynamics force/pair.h
descends analysis dynamics/dynamics.h
descends app analysis/observable.h

# MPI is spoken in par only
grep -rln '#include <mpi' "$SOURCE/src" "$SOURCE/analysis" | grep -v '/src/par/' && fail "these include mpi.h"
finish
