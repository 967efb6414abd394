/* turn_isf.h -- counts of how rotors stood and stand (lattice/counts.h) as the group `isf` that stage qens reads (isf.h).
 *
 *   t [T] ps; Q [N] 1/A; I_Q_t, I_Q_t_error [N][T]; I_blocks [G][N][T]; block_weight [G] (pairs at lag 0)
 *   eisf_plateau, eisf_plateau_error [N]; eisf_blocks [G][N]; plateau_window [2] ps: late half of the lags
 * All H count alike. Local.
 */
#ifndef ANALYSIS_TURN_ISF_H
#define ANALYSIS_TURN_ISF_H

#include "lattice/counts.h"
#include "store/h5.h"

typedef struct TurnIsf {
    size_t nq, nt, groups;
    double *q, *t;        /* 1/A, ps */
    double *block;        /* [groups][nq][nt] */
    double *weight;       /* [groups] */
    double *mean, *error; /* [nq][nt] */
} TurnIsf;

/* From counts of all replicas and ranks together; step [s] between samples. Lags that no pair has are left out. rotor_class -1: all.
 * Free with turn_isf_clear. */
void turn_isf_init(TurnIsf *s, const Counts *c, int rotor_class, double step, size_t nq,
                   const double q[], double bond);
void turn_isf_clear(TurnIsf *s);

/* int (I(t) - I(end))/(I(0) - I(end)) dt [ps] at one Q, end: mean over the late half; error from groups. */
void turn_isf_relaxation(const TurnIsf *s, size_t q, double *value, double *error);

Err turn_isf_write(const TurnIsf *s, H5 *group) MUST_USE;

#endif
