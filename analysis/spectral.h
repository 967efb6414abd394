/* spectral.h -- a transport coefficient and its honest error from the power spectrum of increments.
 *
 * The points of a mean squared displacement know of each other, so a line through them has no honest error (measured: a
 * sixth of the true scatter). The sine transform of the increments of one path is free of that: with n increments
 *
 *   y_j = sqrt(2/(n+1)) sum_k (x_{k+1} - x_k) sin(pi j (k+1)/(n+1)),     j = 1..n,  f_j = j/(2 (n+1) dt)
 *
 * the y_j^2 are uncorrelated, each a chi-squared number of one degree of freedom about the spectrum S(f_j) of the
 * increments, and S(0) = <dx^2>/step of the long run: 2 D dt for a path in one dimension. This is exact for a random walk
 * seen with or without noise of the position, and holds asymptotically for every stationary motion; since the sine
 * vanishes at both ends, a vibration does not leak to low frequency as it does into a plain periodogram.
 *   C. L. Vestergaard, P. C. Blainey, H. Flyvbjerg, Phys. Rev. E 89, 022726 (2014), doi 10.1103/PhysRevE.89.022726
 *
 * S(0) is the maximum-likelihood fit (gamma law) of ln S = even polynomial of f up to a cutoff, as in
 *   G. Toraman, D. Fauconnier, T. Verstraelen (STACIE), J. Chem. Inf. Model. 65, 10445 (2025), doi 10.1021/acs.jcim.5c01475
 * The cutoff here: the highest one at which a polynomial of order p is as good as one of order p + 2 (likelihood ratio,
 * 5 %), lowered by a factor (0.7, 0.5 for p = 0, 1); the fit then has one order more than was needed, so that its bias
 * is small beside its error (S. Calonico, M. D. Cattaneo, R. Titiunik, Econometrica 82, 2295 (2014), doi 10.3982/ECTA11757).
 * p = 0 or 1, whichever leaves more independent windows. A cutoff is refused when the lowest points lie below the fit by more
 * than chance: that is the notch of a motion that stays where it is, however well a polynomial fits the rest.
 *
 * Two errors. The one of the gamma law is the least possible and the whole one for Gaussian paths. Rare hops are not
 * Gaussian (the number of hops fluctuates at all frequencies at once), and ions may move together. So the estimate is also
 * written as a sum over time, ln S(0) = sum_t q_t, and the scatter of blocks of q_t is the error; it holds for hops, cages
 * and correlated ions. With fewer than 16 blocks, the larger of the two.
 *
 * All functions are Local and pure but for the plans of FFTW inside.
 */
#ifndef ANALYSIS_SPECTRAL_H
#define ANALYSIS_SPECTRAL_H

#include "base/exact.h"

#include <stdbool.h>
#include <stddef.h>

/* Points that a path is averaged to, where nothing else is said: enough for a relative error of 1 % of a collective quantity. */
enum { SPECTRAL_MOST = 16384 };

typedef struct Spectral {
    size_t frames; /* of the path, */
    size_t group;  /* averaged in groups of so many, */
    size_t n;      /* which gives so many increments: n + 1 is even and a product of 2, 3, 5, 7 */
    double *work;
    void *plan;
} Spectral;

/* Sine transforms of paths of `frames` frames. Paths of more than `most` frames are averaged over groups of equal size
 * first: S(0) stays, high frequencies go. n = 0 if there are fewer than 3 frames. */
void spectral_init(Spectral *s, size_t frames, size_t most);
void spectral_clear(Spectral *s);

/* y [n] of a path x [frames], or of a rate v [frames] per frame (its running sum is the path). y^2 estimates the
 * spectrum per frame: <dx^2> over one frame of the long run at low frequency. */
void spectral_of_path(Spectral *s, const double x[], double y[]);
void spectral_of_rate(Spectral *s, const double v[], double y[]);

typedef struct SpectralFit {
    size_t cutoff; /* points 1..cutoff were fitted; 0: no fit (no points, or no motion at all) */
    int order;     /* of the polynomial in f^2 */
    bool
        plateau; /* the cutoff was chosen; false: no polynomial fits even the lowest points, S falls to the end */
    double value; /* S(0); 0: no motion; NaN: no points */
    double gamma; /* relative standard error of `value`, by the gamma law */
    double
        windows; /* independent windows of the run that the fit stands on: gamma^2 = 2/(windows * values) */
    double *level;     /* [cutoff] S(f_j) */
    double *influence; /* [cutoff] change of ln S(0) with y_j^2/S(f_j) */
} SpectralFit;

/* Fit of p [n], means of `values` squares y_j^2 each (3 for one vector). Free with spectral_fit_clear. */
void spectral_fit(size_t n, const double p[], double values, SpectralFit *fit);

/* The same with another fit's cutoff and order. */
void spectral_fit_like(const SpectralFit *other, size_t n, const double p[], double values,
                       SpectralFit *fit);
void spectral_fit_clear(SpectralFit *fit);

/* ln S(0) as a sum over time, for the error. `times` is 0 if there was no fit. */
typedef struct SpectralTimes {
    const SpectralFit *fit;
    size_t times;
    Exact *q; /* [times] */
    double *work, *weighted;
    void *plan;
} SpectralTimes;

void spectral_times_init(SpectralTimes *t, const SpectralFit *fit, size_t n);
void spectral_times_clear(SpectralTimes *t);

/* Add the part of one path whose y^2 enters p with `weight`. Returns its sum over time. */
double spectral_times_add(SpectralTimes *t, const double y[], double weight);

/* Relative standard error of the value from the q of `t`, or of the ratio a/b from those of both (`b` not NULL; the two
 * fits must have the same cutoff). `floor`: the gamma error, for too few blocks. */
double spectral_error(const SpectralTimes *a, const SpectralTimes *b, double floor);

#endif
