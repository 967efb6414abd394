/* lammps_data.h -- LAMMPS data files, atom_style full: box, masses, atoms, velocities, bonds,
 * angles.
 *
 * A. P. Thompson et al., Comput. Phys. Commun. 271, 108171 (2022), doi 10.1016/j.cpc.2021.108171,
 * and the manual page of read_data. Knows no physics: elements are the "# Mg" comments of Masses;
 * without them the caller goes by mass. Units metal (or real, told by the first line as write_data
 * does). Coefficients, dihedrals and impropers are passed over. All functions are Local.
 */
#ifndef STORE_LAMMPS_DATA_H
#define STORE_LAMMPS_DATA_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef struct LammpsData {
    double origin[3]; /* A: xlo ylo zlo */
    double h[3][3];   /* A, rows; lower triangular, as LAMMPS wants it */
    int ntype;
    double *mass;       /* [ntype] u, 0 if the file has no Masses */
    char (*element)[8]; /* [ntype] "Mg", "" if not told */
    int64_t n;
    int64_t *id;       /* [n] ascending */
    int32_t *type;     /* [n] 0..ntype-1 */
    int64_t *molecule; /* [n] */
    double *charge;    /* [n] e */
    double (*x)[3];    /* [n][3] A, unwrapped by the image flags */
    double (*v)[3];    /* [n][3] A/ps, NULL if absent */
    int64_t nbond, nangle;
    int64_t (*bond)[2];  /* [nbond] indices into the atoms, 0-based; all of type 1 when written */
    int64_t (*angle)[3]; /* [nangle] the middle one is the apex */
} LammpsData;

/* ERR_INPUT "name:line: ..." Free with lammps_data_clear. */
Err lammps_data_parse(const char *name, const char *bytes, size_t n, LammpsData *data) MUST_USE;
void lammps_data_clear(LammpsData *data);

/* Write; `title` is the first line (NULL: none). id is not used: atoms are numbered 1..n. ERR_FILE.
 */
Err lammps_data_write(const char *path, const char *title, const LammpsData *data) MUST_USE;

#endif
