/* frames.h -- reference structures with energies, forces, stress, ready to be computed with a force field.
 *
 * From extended XYZ. Every rank holds all reference numbers and computes its own share of the frames by itself, so a fit
 * needs no domain decomposition and its result does not depend on the rank count beyond the order of sums, which is fixed.
 */
#ifndef TRAINING_FRAMES_H
#define TRAINING_FRAMES_H

#include "force/forcefield.h"

typedef struct TrainingFrame {
    char *name;
    bool held_out; /* not fitted, only judged */
    double weight; /* of all its residuals */
    Sample sample; /* canonical order */
    double energy; /* eV, of the reference */
    bool has_stress;
    double (*force)[3];  /* [n] eV/A, canonical order */
    double stress[3][3]; /* eV/A^3, tension positive */
    /* what the force field gives; valid after frames_compute, on all ranks */
    double model_energy;
    double (*model_force)[3];
    double model_stress[3][3];
} TrainingFrame;

typedef struct Frames {
    const Comm *comm;
    Comm *alone; /* this rank by itself */
    size_t n;
    TrainingFrame *frame;
    size_t reference; /* frame whose energy is the zero of both energies */
    FfOptions options;
    Domain **domain; /* [n] NULL for frames of other ranks */
    Atoms *atoms;    /* [n] */
    Forcefield **ff; /* [n] */
} Frames;

/* Room for n frames. Collective (splits the communicator). */
void frames_init(Frames *f, const Comm *c, size_t n, const FfOptions *options);
void frames_clear(Frames *f);

/* Read frame i from a file (first frame of it). ERR_INPUT if it lacks energy or forces. Collective. */
Err frames_read(Frames *f, size_t i, const char *path, bool held_out, double weight) MUST_USE;

/* Energies, forces, stresses of all frames with these parameters. Collective. */
Err frames_compute(Frames *f, const FfParameters *p) MUST_USE;

/* Root mean square force component error over frames that are held out (or not) [eV/A]; the rms of the reference forces in
 * *scale. Local, after frames_compute. */
double frames_force_rmse(const Frames *f, bool held_out, double *scale);

#endif
