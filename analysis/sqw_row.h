/* sqw_row.h -- S(E) at one energy as a sum over the lags of I(Q,t), seen through a resolution.
 *
 *   S(E) = (1/(pi hbar)) Re int_0^inf I(t) R(t) exp(iEt/hbar) dt = sum_j row[j] I(t_j),
 *
 * with the R(t) of resolution.h for energy E. I is piecewise linear between its lags, which may be unequal; I R is a
 * parabola on each piece of a finer mesh and is integrated exactly against the exponential (L. N. G. Filon, Proc. R. Soc.
 * Edinburgh 49, 38 (1930), doi 10.1017/S0370164600026262). Beyond the longest lag I is zero, or the plateau, its mean over
 * a window up to the longest lag, into which it goes over smoothly in that window (weight cos^2): a step would ring in
 * S(E). All functions are Local and pure.
 */
#ifndef ANALYSIS_SQW_ROW_H
#define ANALYSIS_SQW_ROW_H

#include "analysis/resolution.h"

typedef enum SqwTail { SQW_TAIL_PLATEAU, SQW_TAIL_ZERO } SqwTail;

/* What does not depend on energy: lags and the plateau. */
typedef struct SqwLags {
    size_t n;
    const double *t; /* [n] ps, the caller's */
    SqwTail tail;
    double from;     /* [ps] begin of the window of the plateau */
    double *plateau; /* [n] mean of I over it = sum plateau[j] I(t_j) */
} SqwLags;

/* plateau_start [ps]; 0: half of the longest lag. ERR_INPUT if there are not two times, the first 0, increasing; then
 * there is nothing to clear. */
Err sqw_row_init(SqwLags *lags, size_t n, const double t[], SqwTail tail,
                 double plateau_start) MUST_USE;
void sqw_row_clear(SqwLags *lags);

/* row [n] 1/meV for energy transfer e [meV] and line `iq` of the resolution. */
void sqw_row(const SqwLags *lags, const Resolution *r, size_t iq, double e, double row[]);

/* Weights of a parabola through f(a), f((a+b)/2), f(b) in int_a^b f(t) exp(iwt) dt, exact. */
void sqw_row_filon(double a, double b, double w, double _Complex weight[3]);

#endif
