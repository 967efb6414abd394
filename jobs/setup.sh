#!/usr/bin/env bash
# Install what Paddlewheel needs. Debian 12: does it (root or sudo). Elsewhere: says what to load.
#   jobs/setup.sh            what building and running need
#   jobs/setup.sh --tests    also what the tests compare with
set -euo pipefail

build=(gcc libc6-dev cmake ninja-build pkg-config git ca-certificates
       openmpi-bin libopenmpi-dev libfftw3-dev libfftw3-mpi-dev libhdf5-openmpi-dev libxc-dev libgsl-dev
       libcerf-dev liblapacke-dev libopenblas-dev libsuitesparse-dev libsymspg-dev librandom123-dev libfyaml-dev
       libudunits2-dev libssl-dev libcmocka-dev)
report=(python3 python3-numpy python3-h5py python3-matplotlib)
tests=(python3-mdanalysis hdf5-tools)

packages=("${build[@]}" "${report[@]}")
if [ "${1:-}" = "--tests" ]; then
    packages+=("${tests[@]}")
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    cat <<'TEXT'
This is not a Debian system. Paddlewheel needs a C17 compiler, CMake >= 3.25, Ninja, pkg-config and
  Open MPI, FFTW (with MPI), parallel HDF5, libxc, GSL, libcerf, LAPACKE/OpenBLAS, SuiteSparse (UMFPACK),
  spglib, Random123, libfyaml, UDUNITS-2, OpenSSL, cmocka; Python 3 with numpy, h5py, matplotlib for the report.
On a cluster load modules of these names, or with Spack:
  spack install openmpi fftw+mpi hdf5+mpi libxc gsl libcerf openblas suite-sparse spglib random123 libfyaml \
        udunits openssl cmocka cmake ninja pkgconf py-numpy py-h5py py-matplotlib
  spack load    (the same names)
TEXT
    for tool in gcc cmake ninja pkg-config mpicc; do
        command -v "$tool" >/dev/null || { echo "setup: '$tool' is missing" >&2; exit 1; }
    done
    exit 0
fi

missing=()
for p in "${packages[@]}"; do
    state=$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing+=("$p")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "setup: all ${#packages[@]} packages are installed"
    exit 0
fi
echo "setup: installing ${missing[*]}"
run=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: neither root nor sudo; ask for: ${missing[*]}" >&2; exit 1; }
    run=(sudo)
fi
"${run[@]}" apt-get update -qq
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
