/* attempts.h -- the rival explanation: what measured conductivities say if only the number of carriers differs.
 *
 * With all ions as carriers (Nernst-Einstein) D = sigma kT/(n q^2), hop rate per ion 6 D/l^2, implied attempt frequency
 * rate exp(Ea/kT). A textbook frequency then means that every ion is mobile with the measured energy as its barrier; one that is
 * smaller by a factor x means that a fraction x of the ions carries the current (or an odd entropy). Two samples: the slope dEa/d ln
 * nu of W. Meyer, H. Neldel, Z. Tech. Phys. 18, 588 (1937). Nothing here knows of rotors. All functions Local, pure.
 */
#ifndef ANALYSIS_ATTEMPTS_H
#define ANALYSIS_ATTEMPTS_H

#include "store/table.h"

enum { ATTEMPTS_POINTS = 16 };
#define ATTEMPTS_MOBILE 1e13 /* 1/s: that of a mobile ion, if nobody knows better */

typedef struct AttemptsMaterial {
    double ions, volume; /* ions in a volume [A^3] */
    double charge;       /* e */
    double hop;          /* [A] */
    double attempt;      /* [1/s] of a mobile ion */
} AttemptsMaterial;

typedef struct AttemptsFit {
    char sample[64];
    int n;
    double temperature[ATTEMPTS_POINTS]; /* K */
    double sigma[ATTEMPTS_POINTS];       /* S/cm */
    double energy;                       /* eV, as published; NaN: not given */
    double slope;       /* eV, of ln(sigma T) over 1/kT through the points; NaN for one point */
    double slope_sigma; /* the same of ln(sigma) */
    double d[ATTEMPTS_POINTS];    /* A^2/s */
    double rate[ATTEMPTS_POINTS]; /* hops of an ion [1/s] */
    double implied
        [ATTEMPTS_POINTS]; /* attempt frequency [1/s] with `energy`, or `slope` if there is none */
    double attempt;        /* [1/s] geometric mean of them */
    double fraction;       /* of ions that carry: attempt over that of a mobile ion */
} AttemptsFit;

/* Fill slopes, d, rate, implied, ... from sample, temperature, sigma and energy. ERR_INPUT for values that are not positive. */
Err attempts_fit(const AttemptsMaterial *m, AttemptsFit *fit) MUST_USE;

/* dEa/d ln nu [eV] between two samples. */
double attempts_meyer_neldel(const AttemptsFit *a, const AttemptsFit *b);

/* All samples of a table of measured numbers that have rows of quantity "ionic conductivity" in S/cm, with their row "activation
 * energy of conductivity" if there is one; fitted. At most `most`; returns how many in *n. ERR_INPUT "file:line: ...". */
Err attempts_read(const Table *t, const AttemptsMaterial *m, int most, AttemptsFit fit[],
                  int *n) MUST_USE;

#endif
