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
 *   /particles/bh4                 (optional) the same box; ion [B] ion id of each BH4
 *   /particles/bh4/position        value [T][B][3] nm: centre of mass, unwrapped
 *   /particles/bh4/orientation     value [T][B][4]: w, x, y, z (draft of H5MD 1.2, proposal 104), see below
 *   /connectivity/bonds            [M][2]
 *   /parameters                    atom_symbols [N], provenance (text, of the process that began the file)
 *   /parameters/log/NAME           value [T'] or [T'][width], step, time: temperature and the like
 * Edges are matrices for orthogonal boxes too: of the two forms that H5MD allows, MDAnalysis (2.4)
 * takes the [T][3] one for "no box"; MDANSE of 2024 reads only that one. The log has times of its own, and MDAnalysis takes
 * the k-th record of everything in /observables for frame k (and fails if there are fewer), so it is not there.
 * An orientation turns the tetrahedron of model/tetrahedron.h into the laboratory: the least-squares fit to the four H in
 * their labelled order, so a jump by 120 degrees is seen as a rotation although the ion looks the same. Of q and -q either
 * may be stored; continuity of the sign from frame to frame is not promised.
 * Numbers of every frame are compressed without loss (shuffle, deflate 1) in pieces of H5MD_BLOCK items.
 * Frames are appended to PATH.part; PATH itself is always whole. Trajectories of many such files: trajectory.h.
 */
#ifndef STORE_H5MD_H
#define STORE_H5MD_H

#include "store/h5.h"

enum { H5MD_BLOCK = 65536 }; /* items in a piece: ranks that write together own whole pieces */

typedef struct H5mdTopology {
    int64_t n;                  /* atoms */
    const char *const *symbols; /* [n] "H", "D", "11B", "Mg" */
    const double *mass;         /* [n] u */
    const double *charge;       /* [n] e; NULL if not known */
    const int64_t *ion;         /* [n] */
    int64_t nbond;
    const int64_t (*bonds)[2];
    int64_t nbh4;
    const int64_t *bh4; /* [nbh4] ion ids */
} H5mdTopology;

typedef struct H5mdForm {
    bool velocities, orientations;
    const Comm
        *together; /* ranks that write one file together (MPI-IO); NULL: this process alone */
} H5mdForm;

/* One frame, or the part of it that this rank writes: atoms first..first+n-1 and BH4 first_bh4..first_bh4+nbh4-1. */
typedef struct H5mdFrame {
    int64_t step;
    double time;          /* ps */
    const double (*h)[3]; /* [3][3] A, rows a, b, c; the same on all ranks */
    int64_t first, n;     /* atoms */
    const double (*x)[3]; /* [n] A, unwrapped */
    const double (*v)[3]; /* [n] A/ps; NULL if not stored */
    int64_t first_bh4, nbh4;
    const double (*centre)[3]; /* [nbh4] A, unwrapped */
    const double (*orient)[4]; /* [nbh4] */
} H5mdFrame;

typedef struct H5md H5md;

/* All functions on an H5md are Collective over form->together, or Local if that is NULL. Errors of one rank are not
 * agreed on by h5md_append and h5md_observe: the caller does that. */

/* New trajectory, PATH.part until h5md_commit. */
Err h5md_create(const char *path, const H5mdTopology *t, const H5mdForm *form,
                const char *provenance, H5md **file) MUST_USE;

/* The same as a copy of PATH without what is later than last_step. */
Err h5md_extend(const char *path, int64_t last_step, const Comm *together, H5md **file) MUST_USE;

Err h5md_append(H5md *file, const H5mdFrame *frame) MUST_USE;

/* Append one value of a named series of the log, of `width` numbers (made at first use). time ps. */
Err h5md_observe(H5md *file, const char *name, int64_t step, double time, size_t width,
                 const double value[], const char *unit) MUST_USE;

/* To the disk and to its name. Frees. ERR_FILE: then PATH is as it was. */
Err h5md_commit(H5md *file) MUST_USE;

/* Give up. Frees. */
void h5md_discard(H5md *file);

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
