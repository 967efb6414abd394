/* constructed.h -- trajectories with a known answer.
 *
 * BH4 ions at rest turn by exact, exponentially distributed jumps about fixed axes; their H may vibrate; Mg ions
 * may walk. The I(Q,t) of the H, the number of jumps and the mean squared displacement are known in closed form
 * (models.h), so the whole pipeline can be held against truth. Random numbers are keyed by (seed, ion, event), so
 * a longer or finer run of the same options visits the same jumps.
 */
#ifndef ANALYSIS_CONSTRUCTED_H
#define ANALYSIS_CONSTRUCTED_H

#include "model/sample.h"
#include "store/config.h"

typedef enum ConstructedMotion {
    CONSTRUCTED_REST,
    CONSTRUCTED_C2,         /* 180 degrees about one S4 axis of each ion */
    CONSTRUCTED_C3,         /* +-120 degrees, equally likely, about one B-H bond of each ion */
    CONSTRUCTED_TETRAHEDRAL /* any of the 8 C3 and 3 C2 operations */
} ConstructedMotion;

typedef struct ConstructedOptions {
    int64_t ions;       /* BH4; there are half as many Mg */
    int motion;         /* ConstructedMotion */
    double tau;         /* [ps] mean time between jumps of an ion */
    double c3_fraction; /* tetrahedral: share of the jumps that are C3 */
    double bond;        /* [A] */
    double spacing;     /* [A] between ions, on a simple cubic grid */
    double
        vibration; /* [A] rms displacement of H along each axis: classical harmonic oscillators; 0: none */
    double frequency;   /* [1/ps] their angular frequency */
    double walk_length; /* [A] jumps of Mg along +-x, +-y, +-z; 0: at rest */
    double walk_time;   /* [ps] mean time between jumps of a Mg */
    int64_t frames;
    double interval; /* [ps] between frames */
    int64_t seed;
} ConstructedOptions;

/* Table for config_read, so that a study file can ask for such a reference set. */
extern const ConfigField constructed_fields[];
extern const size_t constructed_nfields;

typedef struct Constructed Constructed;

/* Start at time 0. ERR_INPUT for an odd number of ions. Free with constructed_free. Local. */
Err constructed_new(const ConstructedOptions *o, Constructed **out) MUST_USE;
void constructed_free(Constructed *c);

/* The sample in canonical order, at time 0. Free with sample_clear. Local. */
const Sample *constructed_sample(const Constructed *c);

/* Positions [sample->n][3] A at frame k (time k * interval), rounded as a trajectory file rounds them. Frames must
 * be asked for in ascending order. Local. */
void constructed_frame(Constructed *c, int64_t k, double (*x)[3]);

/* The exact powder I(Q,t) of the H atoms, and its EISF without vibration. Local, pure. */
double constructed_exact(const ConstructedOptions *o, double q, double t);
double constructed_eisf(const ConstructedOptions *o, double q);

/* Rate [1/ps] at which the decaying part of the exact I(Q,t) decays (without vibration, the same at every Q); 0 when
 * nothing turns. The quasi-elastic half width is hbar times it: C2 2 hbar/tau, C3 1.5 hbar/tau. Local, pure. */
double constructed_rate(const ConstructedOptions *o);

#endif
