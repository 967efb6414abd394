/* tof_measure.h -- I(Q,t) as a time-of-flight spectrometer counts it.
 *
 * For each energy bin and spectrum, averaged over the bin (Gauss-Legendre points closer than half a standard deviation of
 * the resolution, at each its own resolution, Q and factors):
 *
 *     rate = < kf/ki F(2 theta, E) S(Q(E), E) >_bin,      S = (I R_E)-transform (sqw_row.h) x detailed balance
 *
 * with F the self-shielding (self_shielding.h). Q is that of the spectrum, or Q(2 theta, E) along a detector; between
 * the Q of I(Q,t) a cubic in Q^2 through the four nearest, with I(0,t) = 1 as one of them. NaN where no detector is, where
 * the frame ends or beyond the Q of I(Q,t). Then one scale for all spectra, so that they have the wanted counts on average,
 * a background that is flat in S (kf/ki and F are in it as in the rest), and Poisson counts that are a function of (seed, spectrum, channel) alone.
 * Left out: multiple scattering, the asymmetric wings of the resolution unless it is measured, detector efficiency, and
 * that the scattering of a real sample is finite in area. All functions are Local.
 */
#ifndef ANALYSIS_TOF_MEASURE_H
#define ANALYSIS_TOF_MEASURE_H

#include "analysis/instrument_tof.h"
#include "analysis/qens_data.h"
#include "analysis/sqw_row.h"

/* I(Q,t), for one sample or for each of some blocks of it. */
typedef struct TofSignal {
    size_t nblocks, nq, nt;
    const double *q, *t; /* [nq] 1/A increasing, [nt] ps from 0 */
    const double *isf;   /* [nblocks][nq][nt], 1 at t = 0 */
} TofSignal;

typedef struct TofRun {
    double counts;      /* expected in a spectrum, mean over all spectra; 0: no noise */
    double temperature; /* [K] */
    int balance;        /* Balance of models.h */
    SqwTail tail;
    double plateau_start; /* [ps] as sqw_row_init */
    uint64_t seed;
} TofRun;

/* Noise-free spectra of all blocks. */
typedef struct TofSpectra {
    size_t nblocks, nspectra, ne;
    double *q, *two_theta, *edge; /* [nspectra]; two_theta NULL at constant Q; [ne + 1] */
    double *factor;               /* [nspectra][ne] < kf/ki F >_bin; NaN where nothing is seen */
    double *rate;                 /* [nblocks][nspectra][ne] 1/meV, see above; NaN likewise */
} TofSpectra;

/* Spectra that see nothing, or not the elastic line though it is among the bins, are left out. ERR_INPUT for Q or t that do not increase, or if none is left. Free with
 * tof_measure_clear. */
Err tof_measure_spectra(const InstrumentTof *i, const Resolution *r, const TofRun *run,
                        const TofSignal *in, TofSpectra *out) MUST_USE;
void tof_measure_clear(TofSpectra *s);

/* Counts of mean rates [nspectra][ne], negative ones (ripples of a finite run) set to 0. y are Poisson counts (error
 * NULL) with kf/ki and F in them, or, if the instrument reduces them, counts over `factor` with errors sqrt(max(counts,
 * 1))/factor. Without noise y is what is expected of a nominal number of counts, with the errors that these would have.
 * truth: what is expected, in the unit of y; scale: expected counts = scale x rate x width of the bin + background.
 * ERR_INPUT if nothing is scattered. Free with qens_data_clear. */
Err tof_measure_count(const InstrumentTof *i, const TofRun *run, const TofSpectra *spectra,
                      const double rate[], QensData *out, double *scale) MUST_USE;

/* I(q,t) of a block at any Q: curve [nt]. False beyond the last Q. */
bool tof_measure_isf(const TofSignal *in, size_t block, double q, double curve[]);

/* Both for one block. */
Err tof_measure(const InstrumentTof *i, const Resolution *r, const TofRun *run, const TofSignal *in,
                QensData *out) MUST_USE;

#endif
