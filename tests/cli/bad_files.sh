#!/usr/bin/env bash
# Results that were cut off, places that cannot be written, a full disk: one line with place and remedy, exit code 4,
# no stage that vouches for itself, nothing half-written.
. "$SOURCE/tests/cli/lib.sh"
study
works 1 run study.yaml
mv out whole

# HDF5 files that were cut off
head -c 5000 whole/hot/trajectory.h5 >cut.h5
refuses 4 "file error: cut.h5: not an HDF5 file, or truncated, or not closed; make it again" \
    analyse msd --trajectory cut.h5 --write msd.h5
refuses 4 "file error: cut.h5: not an HDF5 file, or truncated, or not closed; make it again" cell cut.h5
for size in 1 2000 20000; do # bytes that are missing
    cp whole/hot/trajectory.h5 cut.h5
    truncate -s -$size cut.h5
    refuses 4 "file error: cut.h5: not an HDF5 file, or truncated, or not closed; make it again" \
        analyse isf --trajectory cut.h5 --write isf.h5
done
refuses 4 "file error: whole/hot/sample.h5: particles/all/position/value: not in this file; is it a trajectory?" \
    analyse msd --trajectory whole/hot/sample.h5 --write msd.h5

cp -r whole out
truncate -s -100 out/gamma/sample.h5
rm out/hot/stage.txt
refuses 4 "file error: stage hot: out/gamma/sample.h5: not an HDF5 file, or truncated, or not closed; make it again" run study.yaml
rm -r out

# places where nothing can be made
elsewhere="choose another with 'output:' or --output"
refuses 4 "file error: study.yaml/out: folder cannot be made: Not a directory; $elsewhere" run study.yaml --output study.yaml/out
refuses 4 "file error: /dev/null/out: folder cannot be made: Not a directory; $elsewhere" run study.yaml --output /dev/null/out
refuses 4 "file error: /proc/out: folder cannot be made: No such file or directory; $elsewhere" run study.yaml --output /proc/out
refuses 4 "file error: absent/msd.h5: cannot be written: No such file or directory; make the folder first" \
    analyse msd --trajectory whole/hot/trajectory.h5 --write absent/msd.h5
for format in cif extxyz data h5; do
    refuses 4 "file error: absent/a.$format: cannot be written: No such file or directory; make the folder first" \
        cell gamma.cif --write absent/a.$format
done
on 1 energy gamma.cif --potential potential.yaml --forces absent/f.csv
says 4 "file error: --forces: absent/f.csv: cannot be written: No such file or directory; make the folder first"

# no permission: root may write anywhere, so root becomes nobody
as_nobody=()
[ "$(id -u)" -eq 0 ] && as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod 755 "$work"
mkdir locked
if [ "$(id -u)" -ne 0 ]; then chmod 555 locked; fi
if "${as_nobody[@]}" test -x "$PADDLEWHEEL" 2>/dev/null; then
    mkdir -m 777 temporary # for mpirun's own files
    for launch in "" "$MPIEXEC -n 4"; do
        # shellcheck disable=SC2086
        unprivileged() {
            TMPDIR=$work/temporary HOME=$work/temporary timeout -k 5 60 "${as_nobody[@]}" $launch "$PADDLEWHEEL" "$@" \
                >"$said/out" 2>"$said/err" </dev/null
            status=$?
        }
        unprivileged run study.yaml --output locked
        says 4 "file error: locked/gamma: folder cannot be made: Permission denied; $elsewhere"
        unprivileged cell gamma.cif --write locked/a.cif
        says 4 "file error: locked/a.cif: cannot be written: Permission denied; choose a folder that may be written"
        mkdir -p half/hot && chmod 555 half/hot && [ "$(id -u)" -eq 0 ] && chmod 777 half
        unprivileged run study.yaml --output half
        says 4 "file error: half/hot: no permission to write; $elsewhere"
        [ -z "$(ls -A half/hot)" ] || fail "something in a folder that may not be written"
        chmod 755 half/hot && rm -r half
    done
    [ -z "$(ls -A locked)" ] || fail "something in a locked folder"
else
    echo "not tested here: writing without permission (nobody cannot reach the program)"
fi
finish
