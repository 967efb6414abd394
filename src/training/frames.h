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
    bool probe;    /* a structure without reference numbers, for targets (force_matching.h) */
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
    size_t n, room;
    TrainingFrame *frame;
    size_t reference; /* frame whose energy is the zero of both energies */
    FfOptions options;
    Domain **domain; /* [room] NULL for frames of other ranks */
    Atoms *atoms;    /* [room] */
    Forcefield **ff; /* [room] */
} Frames;

/* Empty, with room for so many frames and probes. Collective (splits the communicator). */
void frames_init(Frames *f, const Comm *c, size_t room, const FfOptions *options);
void frames_clear(Frames *f);

/* Append a file's first frame as frame f->n - 1, named after the file without folder and extension. ERR_INPUT if it lacks
 * energy or forces. Collective. */
Err frames_read(Frames *f, const char *path, bool held_out, double weight) MUST_USE;

/* Append a structure to be computed and nothing else; returns its index. Local, on all ranks alike. */
size_t frames_add_probe(Frames *f, const Sample *sample, const char *name);

/* Other positions [sample.n][3] for a probe. Local, on all ranks alike. */
void frames_move_probe(Frames *f, size_t i, const double (*x)[3]);

/* Index of a frame or probe by name; false if there is none. Local. */
bool frames_find(const Frames *f, const char *name, size_t *index);

/* Energies, forces, stresses of all frames with these parameters. Collective. */
Err frames_compute(Frames *f, const FfParameters *p) MUST_USE;

/* Root mean square force component error over frames that are held out (or not) [eV/A]; the rms of the reference forces in
 * *scale. Local, after frames_compute. */
double frames_force_rmse(const Frames *f, bool held_out, double *scale);

/* The same of one frame. Local. */
double frames_rmse_of(const TrainingFrame *t, double *scale);

#endif
