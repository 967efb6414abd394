/* structure.h -- structure files to samples and back; the one place that knows both files and ions.
 *
 * By extension: .cif; .xyz, .extxyz (last frame of several); .data, .lmp (LAMMPS, atom_style full);
 * .h5, .h5md (H5MD, last frame; float32 in nm, so 1e-6 A).
 * What was read is recognised: canonical order, whole ions, Sample.source telling the place in the
 * file (for CIF: in the list grown from the sites). Velocities are kept where the format has them.
 */
#ifndef DOMAIN_STRUCTURE_H
#define DOMAIN_STRUCTURE_H

#include "model/sample.h"
#include "par/comm.h"

/* Read a file on all ranks. ERR_FILE or ERR_INPUT with file (and line where there is one) on all
 * ranks. Collective. Free with sample_clear. */
Err structure_read(const Comm *c, const char *path, Sample *sample) MUST_USE;

/* The same from bytes in memory (not H5MD); the extension of `name` tells the format. Local. */
Err structure_parse(const char *name, const char *bytes, size_t n, Sample *sample) MUST_USE;

/* Write by extension, in canonical order. Local: one rank calls it.
 *   charges  [n] e for LAMMPS data and H5MD; NULL: zero, or not told. The others have no place for them
 *   comment  provenance, one or several lines; NULL: none
 * LAMMPS needs a along x and b in the xy plane: other boxes are turned with all that is in them.
 * CIF forgets the orientation of the box and velocities. ERR_FILE; ERR_INPUT for another extension.
 */
Err structure_write(const char *path, const Sample *sample, const double charges[],
                    const char *comment) MUST_USE;

/* Atoms with velocities, then their ions. `name` for messages; h [A] rows; symbols [n]; x [n][3] A; v [n][3] or NULL,
 * times `factor` it is in inside units. ERR_INPUT. Local. */
Err structure_from_atoms(const char *name, const double h[3][3], int64_t n,
                         const char *const symbols[], const double (*x)[3], const double (*v)[3],
                         double factor, Sample *sample) MUST_USE;

/* All atoms of a crystal from its asymmetric unit: space group number (first setting), sites [n]
 * with symbols and fractional coordinates. Images closer than 0.05 A are one atom. Recognised.
 * ERR_INPUT. Local. */
Err structure_from_asymmetric(int group, const Cell *cell, int n, const char *const symbols[],
                              const double (*s)[3], Sample *sample) MUST_USE;

#endif
