/* h5md.h -- trajectories in H5MD 1.1 that MDAnalysis opens.
 *
 * P. de Buyl, P. H. Colberg, F. Hoefling, Comput. Phys. Commun. 185, 1546 (2014),
 * doi 10.1016/j.cpc.2014.01.018.
 * File units: nm, ps (positions, velocities and edges as float32; positions unwrapped). Layout:
 *   /h5md                          version [1,1], author, creator, modules/units
 *   /particles/all/box             dimension 3, boundary periodic,
 *                                  edges/{value,step,time} [T][3][3], rows a, b, c
 *   /particles/all/position        value [T][N][3] nm, step [T], time [T] ps
 *   /particles/all/velocity        (optional) value nm ps-1
 *   /particles/all/species         [N] enum; mass [N] u; charge [N] e
 *   /particles/all/ion             [N] ion id of each atom
 *   /connectivity/bonds            [M][2]
 *   /parameters                    atom_symbols [N], provenance (text, of the process that began the file),
 *                                  provenance_finished (of the one that finished it; absent before)
 *   /parameters/log/NAME           value [T'] or [T'][width], step, time: temperature and the like
 * Edges are matrices for orthogonal boxes too: of the two forms that H5MD allows, MDAnalysis (2.4)
 * takes the [T][3] one for "no box"; MDANSE of 2024 reads only that one. The log has times of its own, and MDAnalysis takes
 * the k-th record of everything in /observables for frame k (and fails if there are fewer), so it is not there.
 * Written by one rank. Frames are appended; what was there at the last h5md_flush survives a kill.
 */
#ifndef STORE_H5MD_H
#define STORE_H5MD_H

#include "store/h5.h"

typedef struct H5mdTopology {
    int64_t n;                  /* atoms */
    const char *const *symbols; /* [n] "H", "D", "11B", "Mg" */
    const double *mass;         /* [n] u */
    const double *charge;       /* [n] e; NULL if not known */
    const int64_t *ion;         /* [n] */
    int64_t nbond;
    const int64_t (*bonds)[2];
} H5mdTopology;

typedef struct H5md H5md;

/* New trajectory at `path` (replacing one). `velocities`: store them too. Local. */
Err h5md_create(const char *path, const H5mdTopology *t, bool velocities, const char *provenance,
                H5md **file) MUST_USE;

/* Append one frame: h [A] rows, x [n][3] A, v [n][3] A/ps or NULL, time ps. Local. */
Err h5md_append(H5md *file, int64_t step, double time, const double h[3][3], const double (*x)[3],
                const double (*v)[3]) MUST_USE;

/* Append one value of a named series of the log, of `width` numbers (made at first use). Local. */
Err h5md_observe(H5md *file, const char *name, int64_t step, double time, size_t width,
                 const double value[], const char *unit) MUST_USE;

/* Everything to disk (H5Fflush and fsync). Local. */
Err h5md_flush(H5md *file) MUST_USE;

/* Open an existing one for appending after frame with this step; later frames are cut off. Local.
 */
Err h5md_resume(const char *path, int64_t last_step, H5md **file) MUST_USE;

/* A text under /parameters/NAME, replacing one. Local. */
Err h5md_parameter(H5md *file, const char *name, const char *text) MUST_USE;

/* Read it; new string. Local. */
Err h5md_read_parameter(const H5md *file, const char *name, char **text) MUST_USE;

Err h5md_close(H5md *file) MUST_USE;

/* Reading. */
typedef struct H5mdReader H5mdReader;
Err h5md_open(const char *path, H5mdReader **reader) MUST_USE;
void h5md_close_reader(H5mdReader *r);
int64_t h5md_atoms(const H5mdReader *r);
int64_t h5md_frames(const H5mdReader *r);
const char *h5md_symbol(const H5mdReader *r, int64_t atom);
int64_t h5md_ion(const H5mdReader *r, int64_t atom); /* -1 if the file does not say */
bool h5md_has_velocities(const H5mdReader *r);

/* Frame k: time ps, h [A], x [n][3] A (exactly 10 * the stored float nm), v may be NULL. Local. */
Err h5md_read(H5mdReader *r, int64_t k, int64_t *step, double *time, double h[3][3], double (*x)[3],
              double (*v)[3]) MUST_USE;

/* x rounded as it is in a file: 10 * (double)(float)(0.1 * x). Live frames pass through this, so
 * in-run and stored analysis see the same bytes. Local. */
double h5md_round(double x);

#endif
